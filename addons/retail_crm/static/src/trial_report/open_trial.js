import { useService } from "@web/core/utils/hooks";

/**
 * Functions that open the records behind a figure of a trial.
 *
 * @param {() => number} getTrialId the trial that is shown
 */
export function useOpenTrial(getTrialId) {
    const action = useService("action");

    async function openAction(xmlId, name, domain) {
        const found = await action.loadAction(xmlId);
        return action.doAction({
            ...found,
            name,
            display_name: name,
            domain: [["trial_id", "=", getTrialId()], ...domain],
            context: {},
        });
    }

    return {
        customers: (name, domain) => openAction("retail_crm.retail_trial_customer_action", name, domain),
        effects: (name) => openAction("retail_crm.retail_trial_effect_action", name, []),
    };
}
