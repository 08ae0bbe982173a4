#!/usr/bin/env python3
"""Puts each fault of conformance/mutants.toml into a copy of the translator and runs the tests that must notice it.

Usage: scripts/mutants.py [WORD...]   only the faults whose names hold all the words
Prints each fault as it is caught, and at the end those that survived. Status 1 if any did, 2 if a fault fits nowhere.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The properties first: they catch most, and fastest.
TESTS = [
    ["-p", "knative-gloo-conformance", "--no-default-features", "--features", "simulator", "--test", "properties"],
    ["-p", "knative-gloo-translate"],
    ["-p", "fixtures"],
]


def main():
    mutants = tomllib.loads((ROOT / "conformance/mutants.toml").read_text())["mutant"]
    mutants = [mutant for mutant in mutants if all(word in mutant["name"] for word in sys.argv[1:])]
    source = ROOT / "translate/src"
    for mutant in mutants:
        count = (source / mutant["file"]).read_text().count(mutant["find"])
        if count != 1:
            print(f"{mutant['name']}: stands {count} times in {mutant['file']}", file=sys.stderr)
            return 2
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory:
        copy = pathlib.Path(directory) / "tree"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("target", ".git"))
        # Never a used one: cargo would take what was built from another copy for this one's.
        target = str(pathlib.Path(directory) / "target")
        # A shrunken counterexample is of no use here.
        environment = {**os.environ, "CARGO_TARGET_DIR": target, "PROPTEST_MAX_SHRINK_ITERS": "0"}
        environment["INSTA_UPDATE"] = "no"

        def passes(arguments):
            command = ["cargo", "test", "-q", *arguments]
            return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)

        for arguments in TESTS:
            if (found := passes(arguments)).returncode != 0:
                print(f"the tests fail without any fault:\n{found.stdout}{found.stderr}", file=sys.stderr)
                return 2
        survivors = []
        for mutant in mutants:
            file = copy / "translate/src" / mutant["file"]
            whole = file.read_text()
            file.write_text(whole.replace(mutant["find"], mutant["put"]))
            for arguments in TESTS:
                found = passes(arguments)
                if found.returncode != 0:
                    by = "does not compile" if "could not compile" in found.stderr else " ".join(arguments[1:])
                    print(f"caught: {mutant['name']} ({by})", flush=True)
                    if by == "does not compile":
                        survivors.append(mutant["name"] + " (does not compile)")
                    break
            else:
                print(f"SURVIVED: {mutant['name']}", flush=True)
                survivors.append(mutant["name"])
            file.write_text(whole)
    print(f"{len(mutants) - len(survivors)} of {len(mutants)} faults caught")
    for name in survivors:
        print(f"survived: {name}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
