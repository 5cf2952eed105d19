"""The files for containers keep to the schemas of their formats, and name nothing that is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

GUIDES = Path(__file__).resolve().parents[1] / "docs" / "guides"
COMPOSE, KUBERNETES = GUIDES / "compose.yaml", GUIDES / "kubernetes.yaml"

pytestmark = pytest.mark.whole


@pytest.mark.parametrize("edit", [("", ""), ("mem_limit: 3g", "memory_limit: 3g")], ids=["as it is", "a wrong name"])
def test_the_compose_file_keeps_to_its_specification(edit: tuple[str, str], tmp_path: Path) -> None:
    copy = tmp_path / "compose.yaml"
    copy.write_text(COMPOSE.read_text("utf-8").replace(*edit), "utf-8")
    program = str(Path(sys.executable).with_name("check-jsonschema"))
    done = subprocess.run(
        [program, "--builtin-schema", "vendor.compose-spec", str(copy)], capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) is (edit == ("", "")), done.stdout


def test_the_objects_of_kubernetes_keep_to_their_schemas() -> None:
    schemas = pytest.importorskip("kubernetes_validate")
    for thing in yaml.safe_load_all(KUBERNETES.read_text("utf-8")):
        schemas.validate(thing, "1.30", strict=True)
        thing["spec"]["replica"] = 2
        with pytest.raises(schemas.ValidationError):
            schemas.validate(thing, "1.30", strict=True)


def test_what_is_mounted_is_there() -> None:
    mounted = [
        volume.partition(":")[0]
        for service in yaml.safe_load(COMPOSE.read_text("utf-8"))["services"].values()
        for volume in service.get("volumes", ())
    ]
    assert mounted
    assert all((GUIDES / name).is_file() for name in mounted)
