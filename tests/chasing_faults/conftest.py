import pytest

pytest.register_assert_rewrite("tests.chasing_faults.story")
