"""Wrong answers that passed once, or would if a check looked at the result alone: none passes, whatever the seed."""

import pytest
from test_check_answers import ATTACKS, KINDS, SEEDS, passed_for, places


@pytest.mark.parametrize(("name", "place"), places(ATTACKS))
def test_an_attack_does_not_pass(name, place):
    kind, answer = ATTACKS[name][place]
    assert kind in KINDS and passed_for(name, answer, SEEDS[:1]) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "place"), places(ATTACKS))
def test_an_attack_passes_for_no_seed(name, place):
    assert passed_for(name, ATTACKS[name][place][1]) == []
