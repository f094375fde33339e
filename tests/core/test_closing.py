"""A closed client sends nothing, and says so; only what is ours is closed."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.fake_server import API_KEY, BASE_URL
from titan import TitanClient, TitanError
from titan._http.connections import own


class Pool(httpx.MockTransport):
    """Counts how often it is closed."""

    closings = 0

    def close(self):
        self.closings += 1


def closed_by_close(client, http):
    client.close()


def closed_by_its_context(client, http):
    with client as entered:
        assert entered is client


def closed_by_the_owner_of_its_pool(client, http):
    http.close()


@pytest.mark.parametrize("close", [closed_by_close, closed_by_its_context, closed_by_the_owner_of_its_pool])
@pytest.mark.parametrize("used_before", [False, True])
def test_closed_client_raises_a_titan_error_and_sends_nothing(server, close, used_before):
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http)
        if used_before:
            client.sessions.list()
        sent = len(server.requests)
        other = client.with_options(max_retries=5)
        close(client, http)
        for use in (client, other, client.with_options(max_retries=5)):
            with pytest.raises(TitanError, match="closed; build a new one") as caught:
                use.messages.send("s", {"chatId": "1@g.us", "type": "text", "text": "Hello"})
            assert type(caught.value) is TitanError
            assert caught.value.maybe_processed is False
            assert (caught.value.method, caught.value.route) == ("POST", "/api/messages/send")
            with pytest.raises(TitanError, match="closed"):
                use.request("GET", "/api/sessions")
        assert len(server.requests) == sent


@pytest.mark.parametrize("used_before", [False, True])
def test_closed_client_with_its_own_pool_raises_a_titan_error(monkeypatch, server, used_before):
    pool = Pool(server)
    monkeypatch.setattr(own, "new_pool", lambda certificates, proxy: pool)
    client = TitanClient(BASE_URL, API_KEY)
    if used_before:
        client.sessions.list()
    client.close()
    client.close()
    with pytest.raises(TitanError, match="this client is closed"):
        client.sessions.list()
    assert pool.closings == (2 if used_before else 0)


def test_own_pool_is_closed_after_the_with_statement(monkeypatch, server):
    pools = []

    def new_pool(certificates, proxy):
        pools.append(Pool(server))
        return pools[-1]

    monkeypatch.setattr(own, "new_pool", new_pool)
    with TitanClient(BASE_URL, API_KEY) as client:
        client.sessions.list()
        client.with_options(timeout=5).sessions.list()
        assert pools[0].closings == 0
    assert [one.closings for one in pools] == [1]


def test_copy_closes_nothing(connect, server):
    client = connect(server)
    other = client.with_options(max_retries=0)
    other.close()
    with client.with_options(max_retries=1):
        pass
    assert other.sessions.list() == client.sessions.list() == []


def test_http_client_of_the_user_is_not_closed(server):
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        with TitanClient(BASE_URL, API_KEY, http_client=http) as client:
            client.sessions.list()
        assert not http.is_closed
        with pytest.raises(TitanError, match="this client is closed"):
            client.sessions.list()
        assert TitanClient(BASE_URL, API_KEY, http_client=http).sessions.list() == []


def test_client_closed_in_the_middle_of_a_call_is_a_titan_error_that_may_have_been_processed(server):
    # httpx notices only when it sends: between our check and that, another thread can close the client.
    with httpx.Client(transport=httpx.MockTransport(server)) as http:
        client = TitanClient(BASE_URL, API_KEY, http_client=http, max_retries=5)
        build_request = http.build_request

        def close_first(*args, **options):
            http.close()
            return build_request(*args, **options)

        http.build_request = close_first
        with pytest.raises(TitanError, match="is closed") as caught:
            client.sessions.list()
    assert caught.value.maybe_processed is True
    assert server.requests == []


def test_threads_that_use_a_client_while_it_is_closed_see_titan_errors_only(monkeypatch, server):
    monkeypatch.setattr(own, "new_pool", lambda certificates, proxy: Pool(server))
    client = TitanClient(BASE_URL, API_KEY)
    started = threading.Barrier(9)

    def use():
        started.wait()
        while not client._context.transport._is_closed:
            with contextlib.suppress(TitanError):
                client.sessions.list()
        with pytest.raises(TitanError) as caught:
            client.sessions.list()
        return caught.value

    with ThreadPoolExecutor(8) as threads:
        results = [threads.submit(use) for _ in range(8)]
        started.wait()
        client.close()
    assert all("closed" in str(result.result()) for result in results)
