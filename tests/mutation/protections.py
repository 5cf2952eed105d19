"""What protects cartkg, taken away: for each promise of SECURITY.md the smallest edit that breaks it.

The edits are made in a copy of the project. Each names the promise; the test that must fail is the one that SECURITY.md
names beside it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a file.

    Attributes:
        file: its path, from the root of the project.
        old: text that protects; its first occurrence is replaced.
        new: text that does not.
    """

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Removal:
    """One protection taken away.

    Attributes:
        promise: as SECURITY.md words it.
        edits: one for each layer that keeps the promise.
        case: id of the one case of the test to run; all when empty.
        hangs: whether the test has no end without the protection, so that it is ended and counts as failed.
    """

    promise: str
    edits: tuple[Edit, ...]
    case: str = ""
    hangs: bool = False


def _without(promise: str, *edits: Edit, case: str = "", hangs: bool = False) -> Removal:
    return Removal(promise, edits, case, hangs)


_SOURCE = "src/cartkg"
_ACTION = ".github/actions/check/action.yml"
_PROCESSES = f"{_SOURCE}/processes.py"
_FILES = f"{_SOURCE}/files.py"
_CACHES = f"{_SOURCE}/caches.py"
_PROJECT = f"{_SOURCE}/project.py"
_REVISIONS = f"{_SOURCE}/release/revisions.py"
_EXCHANGE = f"{_SOURCE}/sparql/engines/exchange.py"
_ANSWERS = f"{_SOURCE}/sparql/engines/foreign_answers.py"
_SANDBOX = f"{_SOURCE}/evaluation/sandbox.py"
_GUARDING = f"{_SOURCE}/evaluation/guarding.py"
_CHILDREN = f"{_SOURCE}/evaluation/children.py"
_ASSISTANT = f"{_SOURCE}/assistant"
_PDF = f"{_SOURCE}/literature/texts/pdf.py"
_READING = f"{_SOURCE}/dossier/reading.py"
_ESCAPING = f"{_SOURCE}/escaping.py"
_NO_MODULE_PATH = Edit(_PROCESSES, 'flags = ["-P", ', "flags = [")
_LEADS_OUT = Edit(_FILES, "        if root is not None and not _is_inside(path, root):", "        if False:")
_NO_DEADLINE = Edit(
    _EXCHANGE,
    "        self._sock.settimeout(_left(self._until))\n        return self._sock.recv_into(buffer)",
    "        return self._sock.recv_into(buffer)",
)
_NO_LIMIT_OF_TIME = Edit(
    _CHILDREN,
    "self.job, self.deadline, self.held = number, monotonic() + seconds, bytearray()",
    "self.job, self.deadline, self.held = number, monotonic() + 3600, bytearray()",
)
_FORMULAS = Edit(
    _ESCAPING, "    if text.startswith(_FORMULA_STARTS) and not _PLAIN_NUMBER.match(text):", "    if False:"
)
_NO_BREACH = Edit(
    _GUARDING,
    '    decoded = decode(text) if "\\\\" in text else text\n',
    '    return None\n    decoded = decode(text) if "\\\\" in text else text\n',
)

CHILDREN = (
    _without(
        "No command runs a module, option or program that lies in the current folder",
        _NO_MODULE_PATH,
        case="build --no-check",
    ),
    _without(
        "`check`, `build` and `release` of a whole hostile checkout run nothing of it",
        _NO_MODULE_PATH,
        Edit(f"{_SOURCE}/reasoning/ontology_checks.py", "env=environment(), cwd=folder", "env=environment()"),
        case="check",
    ),
    _without(
        "The server starts nothing of the current folder, and its workers receive no secret from its environment",
        Edit(_PROCESSES, "    return kept | more", "    return dict(os.environ) | more"),
        case="d.nt",
    ),
    _without(
        "Every child is started with the short environment",
        Edit(f"{_SOURCE}/vocabulary/documentation.py", "timeout=_SECONDS, env=same", "timeout=_SECONDS"),
    ),
    _without(
        "Children get no secret and no option of Java, git or Python from the environment",
        Edit(_PROCESSES, " if Path(folder).is_absolute()]", "]"),
    ),
    _without(
        "git runs no filter, driver, hook or transport that a repository names",
        Edit(_PROCESSES, "_GIT_SETTINGS | _disarming(listed)", "_GIT_SETTINGS"),
    ),
    _without(
        "A folder that looks like a bare repository is not taken for one",
        Edit(_PROCESSES, '"safe.bareRepository": "explicit"', '"safe.bareRepository": "all"'),
    ),
    _without(
        "The GitHub action runs nothing of a hostile checkout",
        Edit(_ACTION, "      working-directory: ${{ github.action_path }}\n", ""),
        Edit(_ACTION, 'command -v python)" -P -m venv', 'command -v python)" -m venv'),
    ),
)

BUILDS = (
    _without(
        "A build that came with a checkout is not read",
        Edit(
            _PROJECT,
            "return self.build / DUMP if self.cache.remembers(self.build_files()) else None",
            "return self.build / DUMP",
        ),
    ),
    _without(
        "A release that came with a checkout is not handed out by the server",
        Edit(
            f"{_SOURCE}/web/present/site.py",
            "    return project.cache.remembers(project.release_files())",
            "    return True",
        ),
    ),
    _without(
        "Caches in a checkout are not read",
        Edit(
            _PROJECT,
            'return Cache(user_folder() / "cache")',
            'return Cache(self.work / "cache" if (self.work / "cache").is_dir() else user_folder() / "cache")',
        ),
    ),
    _without(
        "`.cartkg` in version control is refused",
        Edit(f"{_SOURCE}/pipeline/workplace.py", "    if tracked:", "    if False:"),
    ),
    _without("`.cartkg` as a link is refused", Edit(_PROJECT, "        if path.is_symlink():", "        if False:")),
    _without(
        "Caches that others may write are refused",
        Edit(_CACHES, "        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):", "        if False:"),
    ),
    _without(
        "Caches that others own are refused",
        Edit(_CACHES, "        if status.st_uid != os.getuid():", "        if False:"),
    ),
    _without("Caches are named by content and code", Edit(_CACHES, "hashlib.sha256(code())", "hashlib.sha256()")),
    _without(
        "No attribute hides evidence from `cartkg diff`",
        Edit(
            _REVISIONS,
            "        self.entries = {path: _Entry(said.split()[0], said.split()[2]) for said, _, path in split}",
            "        import io, tarfile\n"
            '        kept = tarfile.open(fileobj=io.BytesIO(self._git("archive", revision))).getnames()\n'
            "        self.entries = {\n"
            "            path: _Entry(said.split()[0], said.split()[2]) for said, _, path in split if path in kept\n"
            "        }",
        ),
    ),
    _without(
        "No replaced object hides evidence from `cartkg diff`",
        Edit(_PROCESSES, '    "GIT_NO_REPLACE_OBJECTS": "1",\n', ""),
    ),
    _without(
        "No dump in the root stands for the data in `cartkg diff`",
        Edit(f"{_SOURCE}/release/snapshots.py", "    if is_file(dump) and data.is_dir():", "    if False:"),
    ),
    _without(
        "No submodule hides evidence from `cartkg diff`",
        Edit(
            _REVISIONS,
            "            if entry.mode == _MODULE and (above or path.startswith(folder)):",
            "            if False:",
        ),
    ),
)

SUPPLY = (
    _without(
        "Everything that is installed is compared with a locked hash",
        Edit("Makefile", "$(INSTALL) --require-hashes -r $(LOCKED)/test.txt", "$(INSTALL) -r $(LOCKED)/test.txt"),
    ),
    _without(
        "Locks hold exact versions with hashes, and no address",
        Edit(".ci/locked/install.txt", "    --hash=sha256:", "    --hash=md5:"),
    ),
    _without(
        "Packages from npm are locked with hashes",
        Edit(".ci/clients/package-lock.json", '"integrity": "sha512-', '"integrity": "sha1-'),
    ),
    _without(
        "The image is built on a base named by digest", Edit("Dockerfile", "FROM ${BASE}", "FROM python:3.11-slim")
    ),
    _without(
        "A release lists what it was made with",
        Edit(
            f"{_SOURCE}/release/materials.py",
            "found.add(_PROGRAM, frozenset(EXTRAS))",
            "found.add(_PROGRAM, frozenset())",
        ),
    ),
)

REQUESTS = (
    _without(
        "Hostile requests do no harm",
        Edit(
            f"{_SOURCE}/web/serving/header_fields.py",
            '        elif "_" not in name and name not in OF_THE_CONNECTION:',
            "        elif name not in OF_THE_CONNECTION:",
        ),
        case="poison: a coding by underscore",
    ),
    _without(
        "No request changes what another asker gets",
        Edit(
            f"{_SOURCE}/web/serving/response_cache.py",
            "map(fields.get, NEGOTIATED)",
            'map(fields.get, (name for name in NEGOTIATED if name != "accept"))',
        ),
    ),
    _without(
        "The app reads no field outside the key of a kept answer",
        Edit(f"{_SOURCE}/web/serving/header_fields.py", '    "accept-encoding",\n', ""),
    ),
    _without(
        "No doubled or empty field changes another answer",
        Edit(
            f"{_SOURCE}/web/serving/response_cache.py",
            "map(fields.get, NEGOTIATED)",
            "map(scope.headers.get, NEGOTIATED)",
        ),
    ),
    _without(
        "A Host header cannot poison answers",
        Edit(f"{_SOURCE}/web/views/sparql.py", "choice.media_type, link) if keep", "choice.media_type) if keep"),
    ),
    _without(
        "A Host header cannot poison redirects",
        Edit(
            f"{_SOURCE}/web/views/sparql.py",
            "{state.settings.base_url or f'{request.root_path}/'}query",
            "{state.base_url()}query",
        ),
    ),
    _without(
        "A forwarded header cannot move links to another prefix, unless `--forwarded-prefix` is given",
        Edit(
            f"{_SOURCE}/web/http/public_address.py",
            "        environ.update(self._stated)",
            "        environ.update(self._stated)\n"
            '        environ["SCRIPT_NAME"] = environ.get("HTTP_X_FORWARDED_PREFIX", environ["SCRIPT_NAME"])',
        ),
    ),
    _without(
        "A service holds a query no longer than its deadline",
        _NO_DEADLINE,
        case="a drip of a body",
        hangs=True,
    ),
    _without(
        "A backend holds a query no longer than its deadline",
        _NO_DEADLINE,
        case="a drip of a body",
        hangs=True,
    ),
    _without(
        "Malformed answers of a service are errors of the service",
        Edit(
            _ANSWERS,
            "MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, SyntaxError)",
            "MALFORMED = (ValueError,)",
        ),
    ),
    _without(
        "Malformed answers of a backend are errors of the backend",
        Edit(
            _ANSWERS,
            "MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, SyntaxError)",
            "MALFORMED = (LookupError,)",
        ),
    ),
    _without(
        "Only listed services are called",
        Edit(
            f"{_SOURCE}/evaluation/syntax.py",
            "    if any(service not in allowed for service in analysis.services):",
            "    if analysis.services and not allowed:",
        ),
    ),
    _without(
        "Services lead to public addresses only",
        Edit(_EXCHANGE, " and not address.is_multicast and not address.is_reserved", ""),
    ),
    _without(
        "One client cannot hold all connections",
        Edit(f"{_SOURCE}/web/serving/connections.py", "        if len(found) > self._plenty:", "        if False:"),
        case="nothing",
    ),
    _without(
        "The shipped proxy configuration limits each client",
        Edit("docs/guides/haproxy.cfg", "    tcp-request connection reject if { sc0_conn_cur gt 64 }\n", ""),
    ),
    _without(
        "A query at the endpoint has limits of time and memory",
        Edit(
            _SANDBOX,
            "resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))",
            "resource.setrlimit(resource.RLIMIT_AS, (ceiling + 2**33, ceiling + 2**33))",
        ),
        case="query1-memory",
    ),
)

WALLS = (
    _without(
        "A worker reaches no other host",
        Edit(
            _SANDBOX,
            "        kept = {channel, *files}",
            "        return\n        kept = {channel, *files}",
        ),
    ),
    _without(
        "A worker cannot touch files, processes, memory of others or the network",
        Edit(
            f"{_SOURCE}/evaluation/system_calls.py",
            '    "recvfrom": (45, 207),',
            '    "setpriority": (141, 140),\n    "recvfrom": (45, 207),',
        ),
    ),
    _without(
        "The filter of system calls is made for both kinds of machines",
        Edit(f"{_SOURCE}/evaluation/system_calls.py", ', "aarch64": (0xC00000B7, 1)}', "}"),
    ),
    _without(
        "A kernel without one of these protections is reported",
        Edit(_SANDBOX, "        if self._landlock < 1:", "        if False:"),
    ),
    _without(
        "The process that holds the graph hides its memory from others of its user",
        Edit(f"{_SOURCE}/sparql/pool/fork_server.py", "        self._sandbox.hide()\n", ""),
    ),
    _without(
        "The kernel ends a worker before the keeper when memory is used up", Edit(_SANDBOX, "        _go_first()\n", "")
    ),
    _without(
        "Loading data has a limit of memory",
        Edit(
            f"{_SOURCE}/sparql/pool/loading.py",
            "    resource.setrlimit(resource.RLIMIT_AS, (min([bound, *known]), hard))\n",
            "",
        ),
    ),
    _without(
        "Where memory cannot be limited, no query of a project runs unasked",
        Edit(f"{_SOURCE}/pipeline/checking.py", "    if options.bounds.sandboxed and not is_linux():", "    if False:"),
    ),
)

QUERIES = (
    _without("No query of a project calls a service, fetches or updates", _NO_BREACH),
    _without("A hostile check is a diagnostic at its line", _NO_BREACH, case="check: FROM"),
    _without("A hostile question is a diagnostic at its line", _NO_BREACH, case="question: SERVICE"),
    _without("A hostile inference rule is a diagnostic at its line", _NO_BREACH, case="rule: SERVICE"),
    _without(
        "A hostile shape is a diagnostic at its line",
        _NO_LIMIT_OF_TIME,
        case="shape: a pattern that only steps back matches",
        hangs=True,
    ),
    _without("A shape that calls a service is refused", _NO_BREACH),
    _without(
        "A shape that takes too long is stopped and the others are applied",
        Edit(
            f"{_SOURCE}/validation/engines/engine.py",
            "                with deadline(seconds):\n                    failing",
            "                if True:\n                    failing",
        ),
    ),
    _without(
        "Patterns of shapes are matched in linear time",
        Edit(
            f"{_SOURCE}/validation/constraints/matching.py",
            '    return any(row["is"] is not None for row in answer)',
            "    return False",
        ),
    ),
    _without(
        "A runaway query of a project is stopped and the others are answered",
        _NO_LIMIT_OF_TIME,
        hangs=True,
    ),
    _without("`cartkg query` sends no request", _NO_BREACH),
    _without(
        "An ontology that takes too long to classify is given up",
        Edit(f"{_SOURCE}/reasoning/hermit.py", "            timeout=_SECONDS,\n", ""),
    ),
)

FILES = (
    _without(
        "Files that lead out, pipes, devices and sockets are diagnostics, and the others are checked",
        _LEADS_OUT,
        case="a link to a secret",
    ),
    _without(
        "No command reads or writes through a link that leads out", _LEADS_OUT, case="command0-a link to a secret"
    ),
    _without(
        "No folder of a project leads out",
        Edit(_FILES, "    if root is not None and folder.exists() and not _is_inside(folder, root):", "    if False:"),
        _LEADS_OUT,
        case="shapes",
    ),
    _without(
        "Adding a dossier reads no hostile file",
        _LEADS_OUT,
        Edit(_FILES, "    if not stat.S_ISREG(mode):", "    if False:"),
        case="a link to endless zeros",
    ),
    _without(
        "Adding, removing and renaming stay inside the project",
        Edit(
            _FILES,
            "    if root is not None and not _is_inside(folder, root):\n        raise",
            "    if False:\n        raise",
        ),
    ),
    _without(
        "Files of strangers stay in their folder",
        Edit(_FILES, "    root = border(folder) or (None if shipped else folder)", "    root = border(folder)"),
    ),
    _without(
        "Every module opens files through one function",
        Edit(f"{_SOURCE}/builds.py", "digest.update(read_bytes(path))", "digest.update(path.read_bytes())"),
    ),
    _without(
        "Nothing is written through a link that leads out",
        Edit(_FILES, "    if not _is_inside(path, root or folder):", "    if False:"),
    ),
    _without(
        "No name of a file holds control characters",
        Edit(
            _FILES, '    if any(not "\\ud800" <= sign <= "\\udfff" for sign in UNSEEN.findall(name)):', "    if False:"
        ),
    ),
    _without(
        "No more of a file is read than the limit",
        Edit(_FILES, "    if max(size, held) > most:\n        raise _too_large(path, most)\n    return", "    return"),
    ),
    _without(
        "No more of a packed file is unpacked than the limit",
        Edit(f"{_SOURCE}/unpacking.py", "        if left < 0:", "        if False:"),
    ),
    _without(
        "YAML is read without aliases and tags and within bounds",
        Edit(
            _READING,
            '        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):',
            "        if isinstance(event, yaml.AliasEvent):",
        ),
        case="an anchor on a group",
    ),
    _without(
        "A dossier of 50 MB is refused by its size",
        Edit(_READING, "files.read_bytes(path, MAX_BYTES)", "files.read_bytes(path)"),
    ),
    _without(
        "A key that is a path reads and names nothing",
        Edit(
            f"{_SOURCE}/pipeline/adding.py",
            "        if not _KEY.match(key) or len(key) > _LONGEST_KEY:",
            "        if False:",
        ),
        Edit(
            f"{_SOURCE}/dossier/dossier.schema.json",
            """        "key": {
            "description": "usually author, year and journal; it names the file and every IRI made from it",
            "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
            "type": "string\"""",
            """        "key": {
            "type": "string\"""",
        ),
    ),
    _without(
        "XML with a document type is refused before it is read",
        Edit(f"{_SOURCE}/sparql/engines/data_source.py", "            refuse_doctype(path)", "            pass"),
        case="rdf-a definition of elsewhere",
        hangs=True,
    ),
    _without(
        "A PDF is read in a process that can open no file",
        Edit(_PDF, "(reply,) = children.run([Frame({})])", "reply = _texts(data)"),
    ),
    _without(
        "A PDF that takes too long to read is given up",
        Edit(_PDF, "Children(lambda _: _texts(data), _BOUNDS)", "Children(lambda _: _texts(data))"),
    ),
    _without(
        "Settings of a checkout lead to no file outside it",
        Edit(
            f"{_SOURCE}/pipeline/inputs/settings.py",
            "        if not path.resolve().is_relative_to(root):",
            "        if False:",
        ),
        case="check-above-data",
    ),
    _without(
        "A file to check that its parser would read without end is refused before",
        Edit(
            f"{_SOURCE}/validation/rdf/syntaxes.py",
            "_GUARDS = {RDF_XML: _fault_of_xml, JSON_LD: _fault_of_json}",
            "_GUARDS = {}",
        ),
        case="entities",
    ),
)

OUTPUT = (
    _without(
        "Every module prints through one function",
        Edit(f"{_SOURCE}/cli/build.py", '        say(f"diagnostics: ', '        print(f"diagnostics: '),
    ),
    _without(
        "No text from a stranger is executed by a terminal or a CI runner",
        Edit(f"{_SOURCE}/cli/printing.py", "click.echo(one_line(text), err=err)", "click.echo(text, err=err)"),
        case="add a file that is not there",
    ),
    _without(
        "Annotations are the only commands that a CI runner gets",
        Edit(
            f"{_SOURCE}/cli/printing.py",
            "        click.echo(controls_shown(text), nl=False)",
            "        click.echo(text, nl=False)",
        ),
    ),
    _without(
        "No cell for a spreadsheet is a formula, on the command line",
        _FORMULAS,
    ),
    _without(
        "No cell for a spreadsheet is a formula, at the endpoint",
        _FORMULAS,
    ),
    _without(
        "No text of a term runs, loads or navigates on its page",
        Edit(
            f"{_SOURCE}/vocabulary/cleaning.py",
            "    allowed = nh3.clean(\n        body,",
            "    allowed = (lambda text, **_: text)(\n        body,",
        ),
    ),
    _without(
        "The page of the ontology forbids scripts itself",
        Edit(f"{_SOURCE}/vocabulary/cleaning.py", '.replace("<head>", f"<head>\\n    {_CSP}", 1)', ""),
    ),
)

ASSISTANTS = (
    _without(
        "A query of an assistant is refused and limited as at the endpoint",
        Edit(f"{_ASSISTANT}/querying.py", "    guard(analysis)\n", ""),
        Edit(f"{_ASSISTANT}/querying.py", "    if len(query.encode()) > limits.query:", "    if False:"),
    ),
    _without(
        "An endless query of an assistant meets its limit",
        Edit(f"{_SOURCE}/sparql/pool/workers.py", "monotonic() + call.seconds", "monotonic() + 3600"),
        hangs=True,
    ),
    _without(
        "A chosen value of an assistant is a term, never a part of a query",
        Edit(f"{_SOURCE}/queries/choices.py", "        if form.match(word) is None:", "        if False:"),
    ),
    _without(
        "Text of the data cannot hide from the user of an assistant, nor pass for words of the server",
        Edit(f"{_ASSISTANT}/answering.py", "        return visible(value)\n", "        return value\n"),
    ),
    _without(
        "An error reveals nothing about the server to an assistant",
        Edit(
            f"{_ASSISTANT}/server.py",
            '        _LOG.exception("unexpected error")\n        return _FAILED',
            "        raise",
        ),
    ),
    _without(
        "Over HTTP an assistant's server answers only hosts that were named",
        Edit(
            f"{_ASSISTANT}/serving.py",
            "        if not self.names and not _is_loopback(self.host):",
            "        if False:",
        ),
    ),
    _without(
        "A page of another origin reaches no tool",
        Edit(
            f"{_ASSISTANT}/serving.py",
            "        return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)",
            "        return TransportSecuritySettings(enable_dns_rebinding_protection=False)",
        ),
    ),
)

REMOVALS = (*ASSISTANTS, *CHILDREN, *BUILDS, *SUPPLY, *REQUESTS, *WALLS, *QUERIES, *FILES, *OUTPUT)

#: Promises without a removal, and why.
KEPT = {
    "A release holds what the sources say": "two builds of the whole; a build that is not read is taken away above",
    "A query of a project that wants all memory is stopped": "without the limit it takes the memory of the machine",
    "Nothing that data names is fetched": "no line keeps it: no code fetches",
}
