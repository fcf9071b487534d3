"""Reads YAML with PyYAML: each line of the input is a document as a JSON string, each line of the output either
{"value": ...} or {"error": "..."}."""

import json
import math
import sys

import yaml


def plain(value):
    """The value as JSON. A value that JSON cannot express becomes a text that no document holds, so that a misread key is noticed."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else foreign(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return foreign(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else foreign(value)


def foreign(value):
    return f"\0{type(value).__name__} {value!r}"


def answer(document):
    try:
        return {"value": plain(yaml.safe_load(document))}
    except (yaml.YAMLError, ValueError, TypeError) as error:
        return {"error": " ".join(str(error).split()) or type(error).__name__}


def main():
    if sys.argv[1:] == ["--version"]:
        print(yaml.__version__)
        return
    for line in sys.stdin.buffer:
        print(json.dumps(answer(json.loads(line))))


main()
