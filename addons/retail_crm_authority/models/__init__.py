from . import (
    payment_transaction,
    res_company,
    retail_authority,
    retail_authority_fund,
    retail_authority_log,
    retail_authority_request,
    retail_authority_request_answer,
    retail_points_adjustment,
    sale_order,
    sale_order_authority,
    sale_order_line,
)
