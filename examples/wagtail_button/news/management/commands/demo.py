"""Fill an empty site: an editor who may do everything, and invented articles as drafts."""

from html import escape
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.crypto import get_random_string
from wagtail.models import Page, Site

from news.models import ArticlePage

ARTICLES = Path(__file__).resolve().parents[3] / "articles"


class Command(BaseCommand):
    """`manage.py demo`."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--password", help="The editor's password; a random one when left out.")

    def handle(self, *args, **options):
        articles = [read(path) for path in sorted(ARTICLES.glob("*.md"))]
        if not articles:
            raise CommandError(f"no articles in {ARTICLES}")
        password = options["password"] or get_random_string(16)
        editor, _ = get_user_model().objects.get_or_create(
            username="editor", defaults={"is_superuser": True, "is_staff": True}
        )
        editor.set_password(password)
        editor.save()
        home = Site.objects.get(is_default_site=True).root_page if Site.objects.exists() else Page.get_first_root_node()
        for page in articles:
            if not ArticlePage.objects.filter(title=page.title).exists():
                home.add_child(instance=page)
                page.save_revision()
            self.stdout.write(f"draft article: {page.title}")
        self.stdout.write(f"log in at /admin/ as editor, password {password}")


def read(path: Path) -> ArticlePage:
    """An unpublished page of an article's file: lines of `name: value` between two of `---`, then paragraphs."""
    _, head, text = path.read_text(encoding="utf-8").split("---\n", 2)
    about = dict(line.split(": ", 1) for line in head.splitlines())
    body = "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in text.strip().split("\n\n"))
    return ArticlePage(title=about["title"], date=about["date"], publisher=about["publisher"], body=body, live=False)
