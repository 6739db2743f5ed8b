"""The page in the admin that asks for a brief and shows it."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.models import Page

from briefing.models import PageBrief
from briefing.service import Answer, NoAnswer, ServiceError, ask_for_brief, ask_for_job


class BriefView(WagtailAdminTemplateMixin, View):
    """GET shows the brief, or how far it is; POST asks for one. Only for those who may edit the page."""

    template_name = "briefing/brief.html"
    page_title = "Brief"
    header_icon = "clipboard-list"

    def dispatch(self, request, page_id):
        self.page = get_object_or_404(Page, pk=page_id).get_latest_revision_as_object()
        if not settings.SUMMARIZER_URL or not hasattr(self.page, "as_input"):
            raise Http404
        if not self.page.permissions_for_user(request.user).can_edit():
            raise PermissionDenied
        return super().dispatch(request, page_id)

    def post(self, request, page_id):
        article = self.page.as_input()
        try:
            answer = ask_for_brief(article)
        except ServiceError as error:
            messages.error(request, str(error))
        else:
            self.keep(PageBrief(page_id=page_id, text=article["text"], asked_by=request.user), answer)
        return redirect("brief", page_id)

    def get(self, request, page_id):
        briefs = PageBrief.objects.filter(page_id=page_id).order_by("pk")
        wait = self.look_after(job) if (job := briefs.exclude(job="").last()) else 0
        waiting = briefs.exclude(job="").exists()
        brief = briefs.filter(job="").last()
        context = self.get_context_data(
            brief=brief,
            changed=bool(brief) and brief.text != self.page.as_input()["text"],
            waiting=waiting,
        )
        # A job is looked at again when the browser loads the page anew.
        return self.render_to_response(context, headers={"Refresh": str(max(wait, 1))} if waiting else None)

    def look_after(self, job: PageBrief) -> int:
        """Ask the service how a job stands: seconds until it is worth asking again, 0 when it is over."""
        try:
            return self.keep(job, ask_for_job(job.job)).wait
        except NoAnswer as error:
            messages.error(self.request, str(error))
            return 10
        except ServiceError as error:
            messages.error(self.request, str(error))
            job.delete()
            return 0

    def keep(self, brief: PageBrief, answer: Answer) -> Answer:
        """Save what the service answered."""
        brief.job, brief.data = answer.job, answer.brief
        brief.save()
        if answer.brief and brief.nothing_found:
            messages.info(self.request, "The article was read, and no statement was found in it.")
        elif answer.brief and not answer.brief["audit"]["complete"]:
            messages.warning(self.request, "The brief is incomplete: parts of the article could not be read.")
        elif answer.brief:
            messages.success(self.request, "The brief is saved beside the page. Nothing was published.")
        return answer

    def get_page_subtitle(self):
        return self.page.get_admin_display_title()

    def get_breadcrumbs_items(self):
        edit = {"url": reverse("wagtailadmin_pages:edit", args=[self.page.pk]), "label": self.page.title}
        return [*self.breadcrumbs_items, edit, {"url": "", "label": "Brief"}]
