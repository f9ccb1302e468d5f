import os
import socket
from pathlib import Path

import pytest

from leadcrm.start.ports import ensure_free, holder_of
from leadcrm.start.trouble import CannotStart


def test_a_free_port_passes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    ensure_free(port, "the web server", "make run PORT=1")
    assert holder_of(port) is None


def test_a_port_that_was_in_use_a_moment_ago_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), server.accept()[0] as accepted:
            accepted.close()  # the side that closes first keeps the port in TIME_WAIT
    ensure_free(port, "the web server", "make run PORT=1")


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")])
def test_whoever_listens_on_all_addresses_is_named_too(family: socket.AddressFamily, address: str) -> None:
    with socket.create_server((address, 0), family=family, dualstack_ipv6=family == socket.AF_INET6) as server:
        port = server.getsockname()[1]
        name = Path("/proc/self/comm").read_text().strip()
        with pytest.raises(CannotStart) as refusal:
            ensure_free(port, "the web server", "make run PORT=1")
    assert str(refusal.value) == (
        f"Port {port} for the web server is taken by {name} (process {os.getpid()}). Use another one: make run PORT=1"
    )


def test_without_proc_the_holder_stays_unnamed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert holder_of(server.getsockname()[1], proc=tmp_path) is None
