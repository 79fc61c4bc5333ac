"""openapi.json as something to judge answers by: which routes there are, and what each may answer."""

import json
import re
import urllib.parse

import jsonschema

METHODS = ("get", "put", "post", "delete", "patch")


class Document:
    def __init__(self, text):
        self.json = json.loads(text)
        self.resolver = jsonschema.RefResolver.from_schema(self.json)
        self.validators = {}
        self.routes = []  # (method, path, pattern, operation)
        for path, item in self.json["paths"].items():
            pattern = re.compile(re.sub(r"\\{[^/]*\\}", "([^/]+)", re.escape(path)) + "$")
            for method, operation in item.items():
                if method in METHODS:
                    self.routes.append((method.upper(), path, pattern, operation))
        # What stands there literally wins over a parameter, as in the program.
        self.routes.sort(key=lambda route: route[1].count("{"))

    def resolve(self, thing):
        """What a `$ref` leads to; None: nowhere."""
        while isinstance(thing, dict) and "$ref" in thing:
            name = thing["$ref"]
            if not name.startswith("#/"):
                raise AssertionError(f"{name} leads out of the document")
            thing = self.json
            for part in name[2:].split("/"):
                thing = thing.get(part.replace("~1", "/").replace("~0", "~"), {})
            thing = thing or None
        return thing

    def route_of(self, method, path):
        """(path as the document writes it, operation); (None, None) when it has no such route."""
        wanted = "GET" if method == "HEAD" else method
        for name, template, pattern, operation in self.routes:
            if name == wanted and pattern.match(path):
                return template, operation
        return None, None

    def has_path(self, path):
        return any(pattern.match(path) for _, _, pattern, _ in self.routes)

    def errors(self, schema, value, name=""):
        """What is wrong with a value, one line each."""
        key = id(schema)
        if key not in self.validators:
            self.validators[key] = (schema, jsonschema.Draft202012Validator(
                schema, resolver=self.resolver,
                format_checker=jsonschema.draft202012_format_checker))
        validator = self.validators[key][1]
        return [f"{name}{''.join(f'[{part!r}]' for part in error.absolute_path)}: {error.message[:300]}"
                for error in validator.iter_errors(value)]

    def schema(self, name):
        return {"$ref": f"#/components/schemas/{name}"}

    def judge(self, method, target, status, headers, body):
        """What is wrong with an answer; `headers` without regard to case, `body` bytes."""
        path = urllib.parse.unquote(urllib.parse.urlsplit(target).path)
        _, operation = self.route_of(method, path)
        if operation is None:
            return self.judge_unknown(method, path, status, headers, body)
        response = self.resolve(operation["responses"].get(str(status)))
        if response is None:
            return [f"status {status} is not described"]
        return (self.judge_headers(response, headers)
                + self.judge_body(response, method, headers, body))

    def judge_unknown(self, method, path, status, headers, body):
        """No route of the document: 404, 405 or the answer to OPTIONS."""
        if method == "OPTIONS":
            return [] if status in (204, 404) else [f"OPTIONS answered {status}"]
        expected = 405 if self.has_path(path) else 404
        # Who is not signed in may also learn so, and nothing else.
        if status not in (expected, 400, 401, 429):
            return [f"status {status} instead of {expected} for a route that is not described"]
        if status == 405 and not headers.get("Allow"):
            return ["405 without Allow"]
        return self.judge_problem(status, headers, body if method != "HEAD" else None)

    def judge_headers(self, response, headers):
        found = []
        for name, header in response.get("headers", {}).items():
            header = self.resolve(header)
            value = headers.get(name)
            if value is None:
                if header.get("required"):
                    found.append(f"the header {name} is missing")
                continue
            schema = self.resolve(header["schema"])
            if schema.get("type") == "integer":
                if not re.fullmatch(r"\d{1,15}", value):
                    found.append(f"the header {name} is no whole number: {value}")
                    continue
                value = int(value)
            found += self.errors(schema, value, f"header {name}")
        return found

    def judge_body(self, response, method, headers, body):
        content = response.get("content")
        kind = (headers.get("Content-Type") or "").split(";")[0].strip()
        if not content:
            return [f"a body of {len(body)} bytes where none is described"] if body else []
        if method == "HEAD":
            return ["HEAD was answered with a body"] if body else []
        if kind not in content:
            return [f"the content type {kind or '(none)'} is not described; {list(content)} are"]
        schema = content[kind].get("schema", {})
        if kind == "application/json" or kind.endswith("+json"):
            try:
                value = json.loads(body)
            except ValueError as error:
                return [f"the body is no JSON: {error}"]
            found = self.errors(schema, value, "body")
            if kind == "application/problem+json":
                found += self.judge_problem(None, headers, body)
            return found
        return self.errors(schema, body.decode(errors="replace"), "body")

    def judge_problem(self, status, headers, body):
        found = []
        if not headers.get("X-Request-Id"):
            found.append("no X-Request-Id")
        if body is None:
            return found
        if not (headers.get("Content-Type") or "").startswith("application/problem+json"):
            return found + ["an error that is no problem+json"]
        problem = json.loads(body)
        found += self.errors(self.schema("Problem"), problem, "problem")
        if status is not None and problem.get("status") != status:
            found.append(f"the problem says {problem.get('status')} and the answer {status}")
        if "retry_after" in problem and headers.get("Retry-After") != str(problem["retry_after"]):
            found.append("retry_after and Retry-After differ")
        return found
