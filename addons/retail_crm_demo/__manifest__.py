{
    "name": "Retail CRM demo shop",
    "summary": "A small fashion shop with a dozen customers that shows Retail CRM at work",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "license": "LGPL-3",
    "author": "Retail CRM contributors",
    "depends": ["retail_crm"],
    "data": [
        "data/res_users_data.xml",
        "data/product_data.xml",
        "data/loyalty_data.xml",
        "data/res_partner_data.xml",
        "data/crm_lead_data.xml",
    ],
    "pre_init_hook": "pre_init_hook",
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
}
