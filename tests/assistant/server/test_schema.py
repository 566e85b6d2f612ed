"""The HTTP interface asked all that its schema allows, and much that it does not: never an error of the server."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks as conformance
from server_doubles import team

CHECKS = [
    schemathesis.checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
EXAMPLES = 8  # of each kind, for each address; 20 were tried when this was written


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_is_an_error_of_the_server(mode, tmp_path) -> None:
    with team(tmp_path, people=False, requests_a_minute=1_000_000, answer_seconds=20.0) as alone:
        alone.state.warm.set()
        schema = schemathesis.openapi.from_asgi("/api/openapi.json", alone.application)
        asked = set()
        for found in schema.get_all_operations():
            operation = found.ok()

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
            def ask(case) -> None:
                case.call_and_validate(checks=CHECKS)
                asked.add(case.operation.label)

            try:
                ask()
            except Exception as error:
                if "Unsatisfiable" not in type(error).__name__:  # an address without any input cannot be asked wrongly
                    raise
        assert {"POST /api/answer", "POST /v1/chat/completions", "POST /api/documents"} <= asked
