namespace Crater.Kubernetes.Agents;

/// <summary>The table of needs as docs/agent-pods.md has it.</summary>
public static class NeedsText
{
    public static string Table() => string.Concat(
    [
        "| fault or family | capabilities | to | on a node itself |\n|---|---|---|---|\n",
        $"| every one | {string.Join(", ", NeedsTable.Always)} | see and enter other users' processes and control groups, and signal its own there | |\n",
        .. NeedsTable.Rules.Select(rule =>
            $"| {string.Join(", ", rule.Faults)} | {(rule.Capabilities.Count > 0 ? string.Join(", ", rule.Capabilities) : "nothing more")} | {rule.Why} | {(rule.IsNetwork ? "hostNetwork" : rule.IsOwnLoad ? "no limits, since the load is its own" : "")} |\n"),
    ]);
}
