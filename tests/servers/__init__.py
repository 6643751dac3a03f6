"""Real mail and database servers, each from one own configuration in a temporary folder, on loopback alone.

No system service is touched and none is needed. Tests get them as fixtures (`tests/conftest.py`); benches and demo
runs use them as context managers.
"""

from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
from tests.servers.postgres import Postgres
from tests.servers.process import NotInstalled, StartFailed

__all__ = ["Dovecot", "NotInstalled", "Postfix", "Postgres", "StartFailed"]
