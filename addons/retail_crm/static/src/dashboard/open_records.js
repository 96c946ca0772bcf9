import { useService } from "@web/core/utils/hooks";

/**
 * Functions that open the records behind a figure of the dashboard.
 *
 * @param {() => number} getCompanyId the company whose figures are shown
 */
export function useOpenRecords(getCompanyId) {
    const action = useService("action");
    const ofCompany = (domain) => [["company_id", "=", getCompanyId()], ...domain];

    async function openAction(xmlId, name, domain) {
        const found = await action.loadAction(xmlId);
        // the figure's own records and nothing else: no default filter, no grouping
        return action.doAction({
            ...found,
            name,
            display_name: name,
            domain: ofCompany(domain),
            context: {},
        });
    }

    return {
        customers: (name, domain) => openAction("retail_crm.retail_profile_action", name, domain),
        movements: (name, domain) => openAction("retail_crm.retail_profile_change_action", name, domain),
        filtered: openAction,
        record: (model, id) =>
            action.doAction({
                type: "ir.actions.act_window",
                res_model: model,
                res_id: id,
                views: [[false, "form"]],
            }),
        action: (description, options) => action.doAction(description, options),
    };
}
