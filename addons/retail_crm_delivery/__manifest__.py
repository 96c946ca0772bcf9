{
    "name": "Retail CRM: delivery",
    "summary": "Carriers cost nothing where the terms of the customer promise free delivery",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Retail CRM contributors",
    "depends": ["retail_crm", "delivery"],
    "data": ["security/ir.model.access.csv"],
    "auto_install": True,
}
