"""Where things are. All that ./run makes lies under STATE, which git ignores."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ROOT / "addons"
REQUIREMENTS = ROOT / "tools" / "requirements"

STATE = ROOT / ".odoo"
LOGS = STATE / "log"
DATA_DIRECTORY = STATE / "data"
FILESTORE = DATA_DIRECTORY / "filestore"
ODOO_CONFIGURATION = STATE / "odoo.conf"
