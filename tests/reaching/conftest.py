from tests.answering.conftest import september as september
