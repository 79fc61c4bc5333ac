#!/usr/bin/env python3
"""Checks the description of the REST interface, src/rest/openapi: it fits together, every reference
leads somewhere and nothing is left over, every example is valid, every answer says its errors.

  check_openapi.py [--self-test]

The parts are joined as the build joins them (src/cmake/openapi.cmake)."""
import argparse
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.dont_write_bytecode = True

import jsonschema  # noqa: E402 (after the path)

from openapi_document import METHODS, Document  # noqa: E402

FOLDER = ROOT / "src/rest/openapi"
ACCESS = {"open", "user", "administrator"}
# Annotations of ours; anything else that begins so is a slip of the pen.
OWN_WORDS = {"x-access", "x-events"}


def joined():
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "openapi.json"
        subprocess.run(["cmake", f"-DFOLDER={FOLDER}", f"-DOUT={out}", "-P",
                        str(ROOT / "src/cmake/openapi.cmake")], check=True)
        return out.read_text()


def walk(thing, path=""):
    """Every object inside, with where it stands."""
    if isinstance(thing, dict):
        yield path, thing
        for key, value in thing.items():
            yield from walk(value, f"{path}/{key}")
    elif isinstance(thing, list):
        for number, value in enumerate(thing):
            yield from walk(value, f"{path}/{number}")


def in_example(path):
    return re.search(r"/(example|examples)(/|$)", path) is not None


def check_references(document):
    used = set()
    for path, thing in walk(document.json):
        if "$ref" not in thing or in_example(path):
            continue
        try:
            if document.resolve(thing) is None:
                yield f"{path}: {thing['$ref']} leads nowhere"
        except (KeyError, AssertionError):
            yield f"{path}: {thing['$ref']} leads nowhere"
        used.add(thing["$ref"])
    for kind, entries in document.json["components"].items():
        for name in entries:
            if kind != "securitySchemes" and f"#/components/{kind}/{name}" not in used:
                yield f"components/{kind}/{name} is used nowhere"


def check_schemas(document):
    for name, schema in document.json["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            yield f"schema {name}: {error.message}"
            continue
        for path, part in walk(schema, name):
            if in_example(path) or not isinstance(part.get("properties"), dict):
                continue
            if part.get("type") == "object" and "additionalProperties" not in part:
                yield f"schema {path} does not say whether it is closed"
            for missing in set(part.get("required", [])) - set(part["properties"]):
                yield f"schema {path} requires {missing}, which it does not describe"
        for number, example in enumerate(schema.get("examples", [])):
            for error in document.errors(schema, example, f"example {number}"):
                yield f"schema {name}: {error}"


def examples_of(thing):
    if "example" in thing:
        yield "example", thing["example"]
    for name, example in thing.get("examples", {}).items():
        yield name, example["value"]


def check_examples(document):
    for path, thing in walk(document.json):
        if in_example(path) or "schema" not in thing or not isinstance(thing["schema"], dict):
            continue
        for name, example in examples_of(thing):
            for error in document.errors(thing["schema"], example, name):
                yield f"{path}: {error}"


def check_operation(document, method, path, operation):
    if not {"operationId", "summary", "tags", "responses", "x-access"} <= set(operation):
        yield "operationId, summary, tags, responses or x-access is missing"
        return
    access = operation["x-access"]
    if access not in ACCESS:
        yield f"the access {access}"
    open_to_all = operation.get("security") == [] or {} in operation.get("security", [])
    if (access == "open") != open_to_all:
        yield f"access {access} and security {operation.get('security', 'bearer')} do not fit"
    declared = [document.resolve(parameter) for parameter in operation.get("parameters", [])]
    in_path = {parameter["name"] for parameter in declared if parameter["in"] == "path"}
    if in_path != set(re.findall(r"{(\w+)}", path)):
        yield f"the parameters {sorted(in_path)} are not those of the path"
    responses = {status: document.resolve(one) for status, one in operation["responses"].items()}
    # 403 of open routes, too: a token that is sent along has to come over a safe line.
    needed = {"400", "403", "429", "500"} | ({"401"} if access != "open" else set())
    if "requestBody" in operation:
        needed |= {"413", "415"}
    if "{car}" in path:
        needed.add("404")
    if "If-None-Match" in {parameter["name"] for parameter in declared}:
        needed.add("304")
    for status in sorted(needed - set(responses)):
        yield f"{status} is not described"
    if not any(status.startswith("2") for status in responses):
        yield "no success is described"
    for status, response in responses.items():
        if response is None:
            continue  # reported by check_references
        yield from (f"{status}: {problem}" for problem in check_response(status, response))
        for kind, media in response.get("content", {}).items():
            # Of what has no fixed shape none is asked for; the old forms answer as the new ones do.
            shapeless = document.resolve(media["schema"]).get("additionalProperties") is True \
                or media["schema"] == {"type": "object"}
            if kind.endswith("json") and not shapeless and not operation.get("deprecated") \
                    and not list(examples_of(media)):
                yield f"{status} has no example"


def check_response(status, response):
    headers = set(response.get("headers", {}))
    if "X-Request-Id" not in headers:
        yield "no X-Request-Id"
    if status == "429" and "Retry-After" not in headers:
        yield "no Retry-After"
    if status == "304" and "ETag" not in headers:
        yield "no ETag"
    content = response.get("content", {})
    if status in ("204", "304"):
        if content:
            yield "has content"
    elif int(status) >= 400 and "application/problem+json" not in content \
            and status != "503":
        yield "is no problem+json"
    elif not content:
        yield "has no content"


def check_paths(document):
    ids, shapes = {}, {}
    tags = {tag["name"] for tag in document.json["tags"]}
    for method, path, _, operation in document.routes:
        where = f"{method} {path}"
        yield from (f"{where}: {problem}"
                    for problem in check_operation(document, method, path, operation))
        name = operation.get("operationId")
        if name in ids:
            yield f"{where}: the operationId {name} is that of {ids[name]}"
        ids[name] = where
        if set(operation.get("tags", [])) - tags:
            yield f"{where}: unknown tags {operation['tags']}"
        shape = re.sub(r"{\w+}", "{}", path)
        if shapes.setdefault(shape, path) != path:
            yield f"{where}: the same as {shapes[shape]} for a reader who looks up a path"
    for path, item in document.json["paths"].items():
        for word in set(item) - set(METHODS):
            yield f"{path}: {word} is no method"


def check(text):
    document = Document(text)
    problems = []
    if document.json["openapi"] != "3.1.0":
        problems.append("not OpenAPI 3.1.0")
    for path, thing in walk(document.json):
        if not in_example(path):
            problems += [f"{path}: unknown word {word}" for word in thing
                         if word.startswith("x-") and word not in OWN_WORDS]
    problems += check_references(document)
    problems += check_schemas(document)
    if not problems:  # nothing can be held against a schema that is none
        problems += check_examples(document)
        problems += check_paths(document)
    return problems


def spoiled(original):
    """(what was broken, the broken document, what has to be said)."""
    def broken(change):
        copied = copy.deepcopy(original)
        change(copied)
        return json.dumps(copied)

    get_car = lambda d: d["paths"]["/vehicles/{car}"]["get"]  # noqa: E731
    schemas = lambda d: d["components"]["schemas"]  # noqa: E731
    yield "a reference", broken(
        lambda d: get_car(d)["responses"].update({"404": {"$ref": "#/components/responses/Nil"}})
    ), "leads nowhere"
    yield "a schema nobody uses", broken(lambda d: schemas(d).update(Idle={"type": "null"})), \
        "used nowhere"
    yield "an open object", broken(lambda d: schemas(d)["Trip"].pop("additionalProperties")), \
        "closed"
    yield "a wrong type", broken(lambda d: schemas(d)["Trip"].update(type="objekt")), "schema Trip"
    yield "a required stranger", broken(lambda d: schemas(d)["Trip"]["required"].append("x")), \
        "requires x"
    yield "a wrong example", broken(
        lambda d: get_car(d)["responses"]["200"]["content"]["application/json"]["example"].update(
            drive="steam")), "'steam'"
    yield "no example", broken(
        lambda d: get_car(d)["responses"]["200"]["content"]["application/json"].pop("example")
    ), "has no example"
    yield "an error left out", broken(lambda d: get_car(d)["responses"].pop("401")), \
        "401 is not described"
    yield "a header left out", broken(
        lambda d: d["components"]["responses"]["TooManyRequests"]["headers"].pop("Retry-After")
    ), "Retry-After"
    yield "an id twice", broken(lambda d: get_car(d).update(operationId="login")), "operationId"
    yield "a parameter left out", broken(lambda d: get_car(d).update(parameters=[])), \
        "not those of the path"
    yield "a path twice", broken(
        lambda d: d["paths"].update({"/vehicles/{vin}": d["paths"]["/vehicles/{car}"]})), \
        "the same as"
    yield "an open door", broken(lambda d: get_car(d).update(security=[])), "do not fit"


def self_test(text):
    fine = True
    for what, document, expected in spoiled(json.loads(text)):
        if not any(expected in problem for problem in check(document)):
            print(f"not found: {what}")
            fine = False
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    text = joined()
    problems = check(text)
    print("\n".join(problems) or "the description of the REST interface is in order")
    sys.exit(0 if not problems and (not arguments.self_test or self_test(text)) else 1)


if __name__ == "__main__":
    main()
