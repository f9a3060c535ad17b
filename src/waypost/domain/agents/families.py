"""What the families of `ua-parser` and of client hints are in reports: data."""

from typing import Final

BROWSERS: Final = {
    "Android": "android_browser",
    "Android Browser": "android_browser",
    "Chrome": "chrome",
    "Chrome Mobile": "chrome",
    "Chrome Mobile WebView": "chrome",
    "Chrome Mobile iOS": "chrome",
    "Chromium": "chrome",
    "Google": "other",
    "HeadlessChrome": "chrome",
    "Mobile Safari": "safari",
    "Mobile Safari UI/WKWebView": "safari",
    "Safari": "safari",
    "Samsung Internet": "samsung",
}
"""By the family of the user agent."""

BROWSER_PREFIXES: Final = {
    "Edge": "edge",
    "Firefox": "firefox",
    "Opera": "opera",
}
"""By the first word of the family: each has one for phones, and others."""

BRANDS: Final = {
    "Brave": "other",
    "DuckDuckGo": "other",
    "Microsoft Edge": "edge",
    "Microsoft Edge WebView2": "edge",
    "Opera": "opera",
    "Opera GX": "opera",
    "Opera Mobile": "opera",
    "Samsung Internet": "samsung",
    "Vivaldi": "other",
    "YaBrowser": "other",
    "Yandex": "other",
}
"""By a brand of `Sec-CH-UA`: browsers whose user agent may be Chrome's."""

SYSTEMS: Final = {
    "Android": "android",
    "Arch Linux": "linux",
    "CentOS": "linux",
    "Chrome OS": "chromeos",
    "ChromeOS": "chromeos",
    "Chromecast": "other",
    "Chromium OS": "chromeos",
    "Debian": "linux",
    "Fedora": "linux",
    "FirefoxOS": "other",
    "Gentoo": "linux",
    "Kubuntu": "linux",
    "Linux": "linux",
    "Linux Mint": "linux",
    "Mac OS": "macos",
    "Mac OS X": "macos",
    "Mageia": "linux",
    "Mandriva": "linux",
    "Red Hat": "linux",
    "Slackware": "linux",
    "SUSE": "linux",
    "Ubuntu": "linux",
    "Windows": "windows",
    "iOS": "ios",
    "iPadOS": "ios",
    "macOS": "macos",
}
"""By the family of the operating system, or by `Sec-CH-UA-Platform`."""

DESKTOPS: Final = frozenset({"windows", "macos", "linux", "chromeos"})
"""Systems of computers with a keyboard."""
