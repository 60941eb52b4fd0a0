"""Count the code: `make count`, or `python -m bench.boilerplate` and these options."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.boilerplate import for_claims
from bench.boilerplate.counting import CountError
from lab.command.arguments import Parser, new_file


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print; return the exit code."""
    parser = Parser(prog="python -m bench.boilerplate", example="make count JSON=count.json")
    parser.add_argument("--write", action="store_true", help="put the tables into the READMEs")
    parser.add_argument("--markdown", action="store_true", help="print them as they stand there")
    parser.add_argument(
        "--json", type=new_file, default=None, help="write the numbers to this file"
    )
    parser.add_argument("--claims", type=Path, metavar="ROOT", help="print what the claims need")
    options = parser.parse_args(arguments)
    if options.claims is None:
        from bench.boilerplate.run import run  # needs packages, unlike --claims

        return run(write=options.write, as_markdown=options.markdown, json_path=options.json)
    try:
        print(json.dumps(for_claims.content(options.claims)))
    except (CountError, OSError) as problem:
        print(f"count: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
