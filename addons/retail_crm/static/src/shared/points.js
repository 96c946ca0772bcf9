import { formatFloat } from "@web/core/utils/numbers";

/** 1234.5 -> "1,234.5": points are exact, and mostly whole. */
export function formatPoints(points) {
    return formatFloat(points, { digits: [16, 6], trailingZeros: false });
}

/** What came or went: "+50", "−20"; nothing for nothing. */
export function formatPointsChange(points) {
    if (!points) {
        return "";
    }
    return `${points > 0 ? "+" : "−"}${formatPoints(Math.abs(points))}`;
}
