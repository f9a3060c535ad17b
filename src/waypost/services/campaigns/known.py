"""The UTM templates as they were read last, for links that are put together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from waypost.domain.campaigns.errors import UtmTemplateNotFound
from waypost.domain.campaigns.templates import Facts, UtmTemplate
from waypost.domain.options import LinkOptions
from waypost.ports.campaigns.templates import UtmTemplates


class KnownTemplates:
    """What `read` found is used until the next `read`."""

    def __init__(self, templates: UtmTemplates | None, *, domain: str) -> None:
        """Fill `{domain}` with *domain*. None: there are no templates."""
        self._templates = templates
        self._domain = domain
        self._by_name: Mapping[str, UtmTemplate] = {}

    async def read(self) -> None:
        """Read all templates.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        if self._templates is not None:
            found = await self._templates.every()
            self._by_name = {one.name: one for one in found}

    def filling(self, name: str) -> "Filling":
        """Return what fills options from the template *name*.

        Raises:
            UtmTemplateNotFound: There is none of this name.
        """
        template = self._by_name.get(name)
        if template is None:
            raise UtmTemplateNotFound(
                f"There is no UTM template {name[:100]!r}. GET /api/v1/utm-templates "
                "lists them."
            )
        return Filling(template, self._domain)


@dataclass(frozen=True, slots=True)
class Filling:
    """A template for the links of one server."""

    template: UtmTemplate
    domain: str
    """The host of the link, whose `{domain}` it is."""

    def options(self, options: LinkOptions, *, code: str, now: datetime) -> LinkOptions:
        """Return *options* of the link of *code* with what their `utm` leaves out."""
        facts = Facts(
            code=code,
            domain=self.domain,
            title=options.title or "",
            date=f"{now.astimezone(UTC):%Y-%m-%d}",
        )
        return replace(options, utm=self.template.fill(options.utm, facts))
