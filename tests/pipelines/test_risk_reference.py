"""Speed changes no result: every account is told what the slower model told it."""

from __future__ import annotations

import pytest

from pipelines.risk.model import assess
from pipelines.risk.parameters import default_parameters
from tests.pipelines.risk_reference import Case, cases, reference, told

PARAMETERS = default_parameters()


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case[0])
def test_results_are_those_of_the_former_model(case: Case):
    name, signals, documents, moment = case
    assert told(assess(name, signals, documents, moment, PARAMETERS)) == reference()[name]
