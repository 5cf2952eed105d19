"""Tools of the Model Context Protocol; their answers state release, sources and completeness.

`knowledge` opens the graph, one module for each kind of question answers, `tools` describes them, `server` speaks the
protocol by the SDK, `serving` connects it to standard input or a port.
"""
