"""Each part of a page as the data of its web part: its id, the version of its data, properties and served content.

Shapes and ids are those of real pages: a team site's home page and pages saved and read back, recorded by PnP Core
(pnp/pnpcore, MIT, 2021-12 to 2024-08); parts exported from a real site by the SharePoint starter kit
(pnp/sp-starter-kit, MIT, 2020); the rest as people captured them from the editor (read 2026-08). An older version of
the data is sent rather than one that nobody has seen: the part itself brings it up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..time_zones import at_place
from . import model
from .facts import Facts
from .web_part import Data, WebPart

LAYOUT_LIST = "706e33c8-af37-4e7b-9d22-6e5694d92a6f"
LAYOUT_STRIP = "8ac0c53c-e8d0-4e3e-87d0-7449eb0d4027"
LAYOUT_FLEX = "0447e11d-bed9-4898-b600-8dbcd95e9cc2"
LAYOUT_HERO = "9586b262-54de-4b27-9eb9-34c671400c33"


def _ids(facts: Facts) -> Data:
    return {"webId": facts.web_id, "siteId": facts.site_id}


def _file_ids(facts: Facts, name: str) -> Data:
    return {**_ids(facts), "listId": facts.assets_list, "uniqueId": facts.files[name]}


def _image(part: model.Image, facts: Facts) -> WebPart:
    """Recorded by PnP Core (1.9, without a picture) and in the starter kit (1.9, with one)."""
    size = facts.sizes[part.file]
    properties = {
        "imageSourceType": 2,
        "altText": part.alt,
        "overlayText": "",
        "fileName": part.file,
        **_file_ids(facts, part.file),
        "imgWidth": size.width,
        "imgHeight": size.height,
        "alignment": "Center",
        "fixAspectRatio": False,
        "captionText": part.caption,
    }
    about = {**_file_ids(facts, part.file), "width": size.width, "height": size.height}
    return WebPart(
        "d1d91016-032f-456d-98a4-721247c305e8",
        "Image",
        "1.9",
        properties,
        images={"imageSource": facts.image_url(part.file)},
        more={"customMetadata": {"imageSource": about}},
    )


def _gallery(part: model.Gallery, facts: Facts) -> WebPart:
    """Captured (1.12), in the layout that was seen: a grid."""
    shown = [
        {
            "description": image.caption,
            **_ids(facts),
            "listId": facts.assets_list,
            "id": facts.files[image.file],
            "isInList": True,
            "altText": image.alt,
            "imageTileWidth": 300,
        }
        for image in part.images
    ]
    properties = {
        "layout": 2,
        "carouselSettings": {"autoplay": False, "autoplaySpeed": 5, "dots": False, "lazyLoad": True},
        "gridSettings": {"imageSize": 2, "imageCropping": 1, "imageAspectRatio": 1, "lightbox": True},
        "imageSourceType": 1,
        "isRecursive": False,
        "maxImagesCount": len(shown),
        "images": shown,
        "isTitleEnabled": bool(part.title),
        "layoutComponentId": "",
    }
    texts = {f"images[{number}].title": image.caption for number, image in enumerate(part.images) if image.caption}
    about = {name.lower(): thing for name, thing in {**_ids(facts), "listId": facts.assets_list}.items()}
    return WebPart(
        "af8be689-990e-492a-81f7-ba3e4cd3ed9c",
        "Image gallery",
        "1.12",
        properties,
        texts | ({"title": part.title} if part.title else {}),
        {f"images[{number}].url": facts.image_url(image.file) for number, image in enumerate(part.images)},
        more={
            "customMetadata": {
                f"images[{number}].url": {**about, "uniqueid": facts.files[image.file], "fixedwidth": "300"}
                for number, image in enumerate(part.images)
            }
        },
    )


def _quick_links(part: model.QuickLinks, facts: Facts) -> WebPart:
    """List: home page of a team site (2.2, recorded); Waffle with icons: starter kit (2.2); CompactCard: captured."""
    items = [
        {
            "sourceItem": {"itemType": 2, "fileExtension": "", "progId": ""},
            "thumbnailType": 2,
            "id": number,
            "description": "",
            "fabricReactIcon": {"iconName": link.icon.lower()},
            "altText": "",
        }
        for number, link in enumerate(part.links, 1)
    ]
    properties = {
        "items": items,
        "isMigrated": True,
        "layoutId": {"list": "List", "compact": "CompactCard", "tiles": "Waffle"}[part.layout],
        "shouldShowThumbnail": True,
        "buttonLayoutOptions": {
            "showDescription": False,
            "buttonTreatment": 2,
            "iconPositionType": 2,
            "textAlignmentVertical": 2,
            "textAlignmentHorizontal": 2,
            "linesOfText": 2,
        },
        "listLayoutOptions": {"showDescription": False, "showIcon": True},
        "waffleLayoutOptions": {"iconSize": 1, "onlyShowThumbnail": False},
        "hideWebPartWhenEmpty": True,
        "dataProviderId": "QuickLinks",
        **_ids(facts),
    }
    texts = {f"items[{number}].title": link.title for number, link in enumerate(part.links)}
    links = {f"items[{number}].sourceItem.url": facts.address(link.to) for number, link in enumerate(part.links)}
    return WebPart(
        "c70391ea-0b10-4ee9-b2b4-006d3fcad0cd",
        "Quick links",
        "2.2",
        properties,
        texts={"title": part.title, **texts} if part.title else texts,
        links={"baseUrl": facts.site_url, **links},
        more={"componentDependencies": {"layoutComponentId": LAYOUT_LIST}},
    )


def _list(title: str, name: str, facts: Facts, *, library: bool) -> WebPart:
    """Home page of a team site (1.0, recorded, its own library); a chosen list or library: captured."""
    path = facts.list_path(name)
    properties = {
        "isDocumentLibrary": library,
        "selectedListId": facts.lists[name],
        "selectedListUrl": facts.list_url(name),
        "webRelativeListUrl": path if library else f"/{path}",
        "webpartHeightKey": 4,
    }
    shown = "Document library" if library else "List"
    return WebPart("f92bf067-bc19-489e-a556-7fe95f508720", shown, "1.0", properties, {"listTitle": title or name})


def _events(part: model.Events, facts: Facts) -> WebPart:
    """Compact: starter kit (1.2); strip: captured."""
    strip = part.layout == "strip"
    properties = {
        "selectedListId": facts.lists[part.list],
        "selectedCategory": "",
        "dateRangeOption": 0,
        "startDate": "",
        "endDate": "",
        "isOnSeeAllPage": False,
        "layout": "Filmstrip" if strip else "Compact",
        "dataSource": 7,  # the list above
        "sites": [],
        "maxItemsPerPage": 20,
        "layoutId": "FilmStrip" if strip else "Flex",
        "dataProviderId": "Event",
        **_ids(facts),
    }
    return WebPart(
        "20745d7d-8581-4a6c-bf26-68279bc123fc",
        "Events",
        "1.2",
        properties,
        {"title": part.title or part.list},
        links={"baseUrl": facts.site_url},
        more={"componentDependencies": {"layoutComponentId": LAYOUT_STRIP if strip else LAYOUT_FLEX}},
    )


def _news(part: model.News, facts: Facts) -> WebPart:
    """Home page of a team site (1.12, recorded); carousel: starter kit (1.11)."""
    carousel = part.layout == "carousel"
    properties = {
        "layoutId": {"featured": "FeaturedNews", "list": "List", "carousel": "Carousel"}[part.layout],
        "dataProviderId": "news",
        "emptyStateHelpItemsCount": "1",
        "showChrome": True,
        "carouselSettings": {"autoplay": False, "autoplaySpeed": 5, "dots": True, "lazyLoad": True},
        "showNewsMetadata": {"showSocialActions": False, "showAuthor": True, "showDate": True},
        "newsDataSourceProp": 1,  # this site
        "carouselHeroWrapperComponentId": "",
        "prefetchCount": 4,
        "filters": [{"filterType": 1, "value": "", "values": []}],
        "newsSiteList": [],
        "renderItemsSliderValue": part.most,
        "layoutComponentId": "",
        **_ids(facts),
        "filterKQLQuery": "",
    }
    return WebPart(
        "8c88f208-6c77-4bdb-86a0-0c47b4316588",
        "News",
        "1.12",
        properties,
        {"title": part.title} if part.title else {},
        links={"baseUrl": facts.site_url},
        more={"componentDependencies": {"layoutComponentId": LAYOUT_STRIP}} if carousel else {},
    )


def _countdown(part: model.Countdown, facts: Facts) -> WebPart:
    """Captured (2.1). The moment is what JavaScript writes of a date."""
    if facts.zone is None:
        raise ValueError("a countdown needs the site's time zone")
    there = at_place(part.day, part.at, facts.zone)
    properties = {
        "countDate": f"{_JS_DAYS[there.weekday()]} {_JS_MONTHS[there.month - 1]} {there:%d %Y %H:%M:%S} GMT{there:%z}",
        "countDirection": "COUNT_DOWN",
        "dateDisplay": "DAY_HOUR_MINUTE_SECOND",
        "title": part.title,
        "description": part.description,
        "showButton": False,
        "buttonText": "",
        "buttonURL": "",
    }
    return WebPart("62cac389-787f-495d-beca-e11786162ef4", "Countdown timer", "2.1", properties)


_JS_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_JS_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _map(part: model.Map, _: Facts) -> WebPart:
    """Captured (1.0)."""
    where = {"latitude": float(part.latitude), "longitude": float(part.longitude)}
    pin = {
        "location": {**where, "name": part.name},
        "address": part.name,
        "defaultAddress": part.name,
        "title": part.name,
        "defaultTitle": part.name,
    }
    properties = {
        "pushPins": [pin],
        "maxNumberOfPushPins": 1,
        "shouldShowPushPinTitle": True,
        "zoomLevel": 12,
        "mapType": "road",
        "center": where,
    }
    return WebPart("e377ea37-9047-43b9-8cdb-a761be2f8e09", "Bing maps", "1.0", properties, {"title": part.name})


def _weather(part: model.Weather, _: Facts) -> WebPart:
    """Starter kit (1.2)."""
    where = {"latitude": float(part.latitude), "longitude": float(part.longitude), "name": part.name}
    properties = {
        "temperatureUnit": {"celsius": "C", "fahrenheit": "F"}[part.unit],
        "locations": [{**where, "showCustomizedDisplayName": False}],
    }
    texts = {"webPartTitle": part.title} if part.title else {}
    return WebPart("868ac3c3-cad7-4bd6-9a1c-14dc5cc8e823", "Weather", "1.2", properties, texts)


def _people(part: model.People, _: Facts) -> WebPart:
    """Captured (1.2). The part looks the names up by itself."""
    persons = [{"id": f"i:0#.f|membership|{each.who}", "upn": each.who, "role": each.role} for each in part.people]
    properties = {"layout": 1, "persons": persons}
    texts = {"title": part.title} if part.title else {}
    return WebPart("7f718435-ee4d-431c-bdbf-9c4ff326f46e", "People", "1.2", properties, texts)


def _button(part: model.Button, facts: Facts) -> WebPart:
    """Starter kit (1.0)."""
    texts, links = {"label": part.label}, {"linkUrl": facts.address(part.to)}
    alignment = {"alignment": part.align.capitalize()}
    return WebPart("0f087d7f-520e-42b7-89c0-496aaf979d58", "Button", "1.0", alignment, texts, links=links)


def _call_to_action(part: model.CallToAction, facts: Facts) -> WebPart:
    """Captured (1.2)."""
    properties = {
        "button": {},
        "overlayText": {},
        "alignment": "Left",
        "minimumLayoutWidth": 10,
        "image": {"itemInfo": _file_ids(facts, part.image), "zoomRatio": 1},
    }
    return WebPart(
        "df8e44e7-edd5-46d5-90da-aca1539313b8",
        "Call to action",
        "1.2",
        properties,
        {"button.label": part.label},
        {"image.url": facts.image_url(part.image)},
        {"button.linkUrl": facts.address(part.to)},
    )


def _hero(part: model.Hero, facts: Facts) -> WebPart:
    """Starter kit (1.5): the layout of five tiles, of which the others are empty."""
    ids = _file_ids(facts, part.image)
    image = {"zoomRatio": 1, "siteId": ids["siteId"], "webId": ids["webId"], "listId": ids["listId"]}
    image |= {"id": ids["uniqueId"], "imageUrl": facts.image_url(part.image), "widthFactor": 0.58, "minCanvasWidth": 1}
    empty = {"type": "Image", "color": 4, "description": "", "showDescription": True, "showTitle": True}
    empty |= {"imageDisplayOption": 0, "showCallToAction": False, "showFeatureText": False, "alternateText": ""}
    shown = {"type": "UrlLink", "imageDisplayOption": 3, "showCallToAction": bool(part.label), "image": image}
    tiles = [{**empty, **shown, "alternateText": part.alt}, *([empty] * 4)]
    properties = {
        "heroLayoutThreshold": 640,
        "carouselLayoutMaxWidth": 639,
        "layoutCategory": 2,
        "layout": 1,
        "content": [{"id": f"00000000-0000-4000-8000-00000000000{n}", **tile} for n, tile in enumerate(tiles, 1)],
    }
    texts = {"content[0].title": part.title}
    depends = {"heroLayoutComponentId": LAYOUT_HERO, "carouselLayoutComponentId": LAYOUT_STRIP}
    return WebPart(
        "c4bd7b2f-7b6e-4599-8485-16504575f590",
        "Hero",
        "1.5",
        properties,
        texts | ({"content[0].callToActionText": part.label} if part.label else {}),
        {"content[0].image.url": facts.image_url(part.image)},
        {"content[0].link": facts.address(part.to)},
        {"customMetadata": {"content[0].image.url": ids}, "componentDependencies": depends},
    )


def _divider(_: model.Divider, __: Facts) -> WebPart:
    """Captured (1.0)."""
    return WebPart("2161a1c6-db61-4731-b97c-3cdb303f7cbb", "Divider", "1.0", {})


def _spacer(part: model.Spacer, _: Facts) -> WebPart:
    """Captured (1.0)."""
    return WebPart("8654b779-4886-46d4-8ffb-b5ed960ee986", "Spacer", "1.0", {"height": part.height})


_MAKERS: Mapping[type[Any], Callable[[Any, Facts], WebPart]] = {
    model.Image: _image,
    model.Gallery: _gallery,
    model.QuickLinks: _quick_links,
    model.ListPart: lambda part, facts: _list(part.title, part.list, facts, library=False),
    model.Library: lambda part, facts: _list(part.title, part.library, facts, library=True),
    model.Events: _events,
    model.News: _news,
    model.Countdown: _countdown,
    model.Map: _map,
    model.Weather: _weather,
    model.People: _people,
    model.Button: _button,
    model.CallToAction: _call_to_action,
    model.Hero: _hero,
    model.Divider: _divider,
    model.Spacer: _spacer,
}


def make_web_part(part: model.Part, facts: Facts) -> WebPart:
    """The web part of any part but text, which is a control of its own. Raises KeyError where the site lacks a list or
    file that it names."""
    return _MAKERS[type(part)](part, facts)
