"""The button, against a stub of the service; and against a real one where SUMMARIZER_TEST_URL names it."""

import json
import os
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from wagtail.models import Page, PageLogEntry

from briefing.models import PageBrief
from news.models import ArticlePage

QUOTE = "Vasko said the strait must open."
ITEM = {
    "id": "position-1",
    "actor": "irena-vasko",
    "text": "the strait must open <b>",
    "evidence": [{"sentence": 1, "start": 0, "end": len(QUOTE), "quote": QUOTE}],
}
BRIEF = {  # what this example reads of a brief
    "schema_version": "1",
    "article": {"title": "Terms", "text": QUOTE},
    "headline": None,
    "actors": [{"id": "irena-vasko", "name": "Irena Vasko"}],
    "positions": [ITEM],
    "conditions_for_talks": [],
    "military_assessments": [],
    "audit": {"complete": True, "unread": []},
    "provenance": {"model": "stub/model"},
}


def problem(kind: str, status: int, **headers: str):
    """An answer with Problem Details."""
    about = {"type": f"urn:summarizer:problem:{kind}", "title": kind, "status": status, "detail": "(told by the stub)"}
    return status, about, headers


class StubService:
    """A stub of the service: it plays answers from a script, the last of them for ever."""

    def __init__(self):
        self.script, self.requests = [(200, BRIEF, {})], []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stub.requests.append((self.command, self.path, json.loads(body or "null"), self.headers))
                status, data, headers = stub.script.pop(0) if len(stub.script) > 1 else stub.script[0]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(json.dumps(data).encode())

            do_GET = do_POST  # noqa: N815 - http.server's name

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Site(TestCase):
    """An article in draft, an editor, and the stub."""

    @classmethod
    def setUpTestData(cls):
        cls.editor = get_user_model().objects.create_superuser("editor")
        cls.page = ArticlePage(title="Terms", date="2031-04-17", body=f"<p>{QUOTE}</p><p>Rain.</p>", live=False)
        Page.objects.get(depth=2).add_child(instance=cls.page)
        cls.url = reverse("brief", args=[cls.page.pk])

    def setUp(self):
        self.stub = StubService()
        self.addCleanup(self.stub.close)
        setting = override_settings(SUMMARIZER_URL=self.stub.url, SUMMARIZER_TOKEN="abc")
        setting.enable()
        self.addCleanup(setting.disable)
        self.client.force_login(self.editor)

    def ask(self):
        """Press the button."""
        return self.client.post(self.url, follow=True)


class ButtonTests(Site):
    """Who sees the button, and who may press it."""

    def test_it_stands_in_the_editor_and_in_the_listing(self):
        editor = reverse("wagtailadmin_pages:edit", args=[self.page.pk])
        listing = reverse("wagtailadmin_explore", args=[self.page.get_parent().pk])
        for place in (editor, listing):
            self.assertContains(self.client.get(place), "Brief this article")

    def test_it_is_off_without_the_setting(self):
        with override_settings(SUMMARIZER_URL=""):
            self.assertNotContains(
                self.client.get(reverse("wagtailadmin_pages:edit", args=[self.page.pk])), "Brief this article"
            )
            self.assertEqual(self.ask().status_code, 404)

    def test_only_those_who_may_edit_the_page(self):
        self.client.force_login(get_user_model().objects.create_user("reader"))
        self.ask()
        self.client.logout()
        self.ask()
        self.assertEqual(self.stub.requests, [])
        self.assertFalse(PageBrief.objects.exists())

    def test_a_form_of_another_site_is_refused(self):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.editor)
        self.assertEqual(strict.post(self.url).status_code, 403)
        self.assertEqual(self.stub.requests, [])

    def test_looking_sends_nothing(self):
        self.assertContains(self.client.get(self.url), "csrfmiddlewaretoken")
        self.assertEqual(self.stub.requests, [])


class BriefTests(Site):
    """What comes of pressing it."""

    def test_the_brief_is_shown_with_its_evidence_and_publishes_nothing(self):
        before = (self.page.live, self.page.revisions.count(), PageLogEntry.objects.count())
        response = self.ask()
        self.assertContains(response, "Made by AI, not yet reviewed.")
        self.assertContains(response, "the strait must open &lt;b&gt;")
        self.assertContains(response, f"Sentence 1:</small> {QUOTE}")
        self.assertEqual(PageBrief.objects.get().data, BRIEF)
        page = ArticlePage.objects.get()
        self.assertEqual((page.live, page.revisions.count(), PageLogEntry.objects.count()), before)
        _, path, sent, headers = self.stub.requests[0]
        self.assertEqual((path, headers["Authorization"]), ("/v1/briefs", "Bearer abc"))
        self.assertEqual((sent["text"], sent["date"]), (f"{QUOTE}\n\nRain.", "2031-04-17"))

    def test_the_latest_draft_is_what_is_sent_and_later_changes_are_noticed(self):
        self.page.body = "<p>Another text.</p>"
        self.page.save_revision()
        self.ask()
        self.assertEqual(self.stub.requests[0][2]["text"], "Another text.")
        self.assertNotContains(self.client.get(self.url), "has changed")
        self.page.body = "<p>A third.</p>"
        self.page.save_revision()
        self.assertContains(self.client.get(self.url), "has changed")

    def test_a_long_job_is_asked_for_until_it_is_done(self):
        running = {"id": "j1", "status": "running"}
        self.stub.script = [(202, running, {}), (200, running, {"Retry_After": "7"}), (200, BRIEF, {})]
        response = self.ask()
        self.assertContains(response, "is being read")
        self.assertEqual(response.headers["Refresh"], "7")
        response = self.client.get(self.url)
        self.assertContains(response, QUOTE)
        self.assertNotIn("Refresh", response.headers)
        self.assertEqual([path for _, path, *_ in self.stub.requests], ["/v1/briefs", *["/v1/briefs/j1"] * 2])

    def test_a_job_that_fails_leaves_the_brief_before_it(self):
        self.ask()
        failed = {"id": "j1", "status": "failed", "problem": problem("model-unavailable", 503)[1]}
        self.stub.script = [(202, {"id": "j1", "status": "queued"}, {}), (200, failed, {})]
        self.assertContains(self.ask(), "The model failed; this says nothing about the article. (told by the stub)")
        self.assertEqual(PageBrief.objects.get().data, BRIEF)

    def test_a_service_that_is_away_for_a_moment_loses_no_job(self):
        self.stub.script = [(202, {"id": "j1", "status": "queued"}, {})]
        self.ask()
        with override_settings(SUMMARIZER_URL="http://127.0.0.1:1"):
            response = self.client.get(self.url)
        self.assertContains(response, "does not answer")
        self.assertEqual(response.headers["Refresh"], "10")
        self.assertEqual(PageBrief.objects.get().job, "j1")

    def test_nothing_found_and_a_failing_model_do_not_look_alike(self):
        self.stub.script = [(200, {**BRIEF, "positions": []}, {})]
        self.assertContains(self.ask(), "no statement was found")
        PageBrief.objects.all().delete()
        self.stub.script = [problem("model-refused", 502)]
        response = self.ask()
        self.assertContains(response, "The model failed; this says nothing about the article.")
        self.assertNotContains(response, "no statement was found")

    def test_an_incomplete_brief_says_so(self):
        self.stub.script = [(200, {**BRIEF, "audit": {"complete": False, "unread": [{"first": 2, "last": 5}]}}, {})]
        self.assertContains(self.ask(), "sentences 2 to 5")

    def test_every_error_is_a_message(self):
        for answer, said in (
            (problem("queue-full", 429, Retry_After="30"), "busy. Try again in 30 seconds"),
            (problem("input", 422), "cannot be briefed: (told by the stub)"),
            (problem("unauthorized", 401), "could not do it: (told by the stub)"),
            ((200, {"schema_version": "9"}, {}), "does not know"),
            ((200, ["?"], {}), "answered 200 and no brief"),
            ((502, "a proxy", {}), "answered 502 and no brief"),
        ):
            self.stub.script = [answer]
            with self.subTest(said):
                self.assertContains(self.ask(), said)
        with override_settings(SUMMARIZER_URL="http://127.0.0.1:1"):
            self.assertContains(self.ask(), "does not answer")
        self.assertFalse(PageBrief.objects.exists())


@unittest.skipUnless(os.environ.get("SUMMARIZER_TEST_URL"), "SUMMARIZER_TEST_URL names no service")
class RealServiceTests(TestCase):
    """`summarizer serve --replay cassettes`: what a real model answered."""

    def test_an_article_of_the_demo_is_briefed(self):
        call_command("demo", password="demo", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        page = ArticlePage.objects.get(title="Marenia sets terms for ceasefire talks")
        self.client.login(username="editor", password="demo")
        with override_settings(SUMMARIZER_URL=os.environ["SUMMARIZER_TEST_URL"]):
            response = self.client.post(reverse("brief", args=[page.pk]), follow=True)
            for _ in range(20):
                if not PageBrief.objects.get().job:
                    break
                time.sleep(1)
                response = self.client.get(reverse("brief", args=[page.pk]))
        brief = PageBrief.objects.get()
        self.assertContains(response, "Made by AI, not yet reviewed.")
        self.assertEqual(brief.data["article"]["text"], brief.text)
        quotes = [evidence["quote"] for _, items in brief.sections() for item in items for evidence in item["evidence"]]
        self.assertGreater(len(quotes), 2)
        for quote in quotes:
            self.assertIn(quote, brief.text)
            self.assertContains(response, quote.split("\n")[0].split('"')[0].split("'")[0])
