from . import loyalty_portal
