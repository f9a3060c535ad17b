"""The body of a request that puts a link."""

from collections.abc import Sequence

from pydantic import Field, StrictBool

from waypost.api.bodies import ExternalId
from waypost.api.links.options.bodies import OptionsBody
from waypost.domain.wrong.values import WrongValue
from waypost.services.links.context import LinkContext
from waypost.services.puts.put import LinkPut, wrong_in_put


class WholeLink(OptionsBody):
    """A link as it shall be. What is left out has its default."""

    url: str = Field(description="The URL that the link leads to.")
    code: str | None = Field(
        default=None,
        description="The code of a link that is made. A link that there is keeps its "
        "code: it is the same then, or is left out.",
    )
    external_id: ExternalId = None
    utm_template: str | None = Field(
        default=None,
        description="The name of a UTM template, which fills what `utm` leaves out.",
    )
    fetch_title: StrictBool | None = Field(
        default=None,
        description="Whether the title of the page behind the URL is fetched "
        "afterwards, for a link without a title. One that was fetched for the same URL "
        "stays then. Default: as the server is set.",
    )

    def wanted(self) -> LinkPut:
        """Return it in the form that the use case takes."""
        return LinkPut(
            url=self.url,
            code=self.code,
            options=self.changes(),
            external_id=self.external_id,
            utm_template=self.utm_template,
            fetch_title=self.fetch_title,
        )

    def wrong(self, context: LinkContext) -> Sequence[WrongValue]:
        """Return what is wrong with its values, for any name."""
        wanted = self.wanted()
        return wrong_in_put(wanted, context=context, are_templates_read=False).found
