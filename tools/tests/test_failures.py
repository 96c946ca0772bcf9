"""What a person reads when something is missing: always one line, starting with FAILED."""

import contextlib
import errno
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from run import cli, debian, odoo_source, process
from run.console import Failure


class TestExplanations(unittest.TestCase):
    def test_known_causes(self):
        for output, expected in (
            ("E: Failed to fetch http://mirror/x.deb  404  Not Found", "no longer has this version"),
            ("E: Temporary failure resolving 'mirror'", "no network"),
            ("error sending request for url", "no network"),
            ("OSError: [Errno 28] No space left on device", "the disk is full"),
            ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "a download differs"),
        ):
            with self.subTest(output=output):
                self.assertIn(expected, process.explain(output))

    def test_else_the_last_line_about_an_error(self):
        self.assertEqual(process.explain("fine\nERROR: first\nError: second\nbye\n"), "Error: second")
        self.assertEqual(process.explain("one\ntwo\n"), "two")
        self.assertEqual(process.explain(""), "it printed nothing")


class TestOdooSource(unittest.TestCase):
    def _source(self, release):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "odoo", "release.py")
            path.parent.mkdir()
            path.write_text(release)
            return odoo_source.OdooSource(folder)

    def test_another_series_is_refused(self):
        with self.assertRaisesRegex(Failure, "holds Odoo 18.0, but 19.0 is needed: set ODOO_SRC"):
            self._source("version_info = (18, 0, 0, FINAL, 0, '')")

    def test_the_right_series_is_taken(self):
        self._source("version_info = (19, 0, 0, FINAL, 0, '')")

    def test_a_folder_without_odoo_is_refused(self):
        with self.assertRaisesRegex(Failure, "holds no Odoo"):
            odoo_source.OdooSource("/nonexistent")

    def test_a_package_that_is_gone_or_newer_names_the_other_ways(self):
        for version, expected in ((None, "no longer has"), ("20.0.0+dfsg-1", r"is now 20.0.0\+dfsg-1")):
            with (
                self.subTest(version=version),
                mock.patch.object(debian, "candidate_version", return_value=version),
                contextlib.redirect_stderr(io.StringIO()),
                self.assertRaisesRegex(Failure, f"{expected}.*ODOO_SRC.*docker compose"),
            ):
                odoo_source._download()

    def test_what_is_unpacked_of_the_package(self):
        for path, wanted in (
            ("usr/lib/python3/dist-packages/odoo/release.py", True),
            ("usr/lib/python3/dist-packages/odoo-19.0.egg-info/PKG-INFO", True),
            ("usr/lib/python3/dist-packages/addons/sale/models/sale_order.py", False),
            ("usr/lib/python3/dist-packages/odoo/addons/sale/i18n/zh_CN.po", True),
            ("usr/lib/python3/dist-packages/odoo/addons/sale/i18n/de.po", False),
            ("usr/lib/python3/dist-packages/odoo/addons/sale/i18n/sale.pot", True),
        ):
            with self.subTest(path=path):
                self.assertEqual(odoo_source._is_wanted(path), wanted)


class TestDebianSources(unittest.TestCase):
    LISTING = "http://mirror/debian/|trixie|main\nhttp://mirror/debian/|trixie-updates|main\nhttp://other/|x|contrib\n"

    def _find(self, listing=LISTING, **release):
        with (
            mock.patch.object(process, "run", return_value=listing),
            mock.patch("shutil.which", return_value="/usr/bin/apt-get"),
            mock.patch("platform.freedesktop_os_release", return_value=release),
        ):
            return debian._find_archive()

    def test_the_archive_of_the_machines_own_release_is_used(self):
        found = self._find(ID="debian", VERSION_CODENAME="trixie")
        self.assertEqual(found, ("http://mirror/debian/", "trixie"))

    def test_a_machine_on_unstable_need_not_name_it_like_its_release_file(self):
        found = self._find("http://mirror/debian/|unstable|main\n", ID="debian", VERSION_CODENAME="forky")
        self.assertEqual(found, ("http://mirror/debian/", "unstable"))

    def test_a_machine_without_debian_sources_is_refused(self):
        for release in (
            {"ID": "ubuntu", "VERSION_CODENAME": "trixie"},
            {"ID": "debian", "VERSION_CODENAME": "duke"},
        ):
            with self.subTest(release=release), self.assertRaises(debian.NoDebian):
                self._find(**release)

    def test_the_refusal_names_the_other_ways_to_odoo(self):
        with (
            mock.patch.object(
                odoo_source, "_download", side_effect=debian.NoDebian("this is no Debian machine")
            ),
            mock.patch.object(odoo_source, "UNPACKED", Path("/nonexistent")),
            mock.patch.dict("os.environ", {"ODOO_SRC": ""}),
            self.assertRaisesRegex(Failure, "this is no Debian machine: set ODOO_SRC .* docker compose"),
        ):
            odoo_source.find()

    def test_the_release_is_named_before_sid_and_sid_once(self):
        self.assertEqual(debian._source_lines("http://mirror/debian/", "sid").count(" sid main"), 1)
        self.assertEqual(len(debian._source_lines("http://mirror/debian/", "trixie").splitlines()), 2)


class TestCommandLine(unittest.TestCase):
    def _main(self, error):
        with (
            mock.patch("run.commands.setup", side_effect=error),
            contextlib.redirect_stderr(io.StringIO()) as output,
        ):
            return cli.main(["setup"]), output.getvalue()

    def test_a_failure_is_one_line_and_exit_code_1(self):
        self.assertEqual(self._main(Failure("no network")), (1, "FAILED: no network\n"))

    def test_a_full_disk_is_one_line(self):
        code, output = self._main(OSError(errno.ENOSPC, "No space left on device"))
        self.assertEqual((code, output.count("\n")), (1, 1))
        self.assertIn("the disk is full", output)

    def test_an_interrupted_command_says_that_it_can_be_repeated(self):
        code, output = self._main(KeyboardInterrupt())
        self.assertEqual(code, 130)
        self.assertIn("the same command goes on", output)
