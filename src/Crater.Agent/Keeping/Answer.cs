using System.Globalization;
using Crater.Agent.Faults;
using Crater.Agent.Host;

namespace Crater.Agent.Keeping;

/// <summary>What a keeper tells the one who asked.</summary>
internal static class Answer
{
    public static Dictionary<string, string> InPlace(string mechanism) => new() { ["result"] = "injected", ["mechanism"] = mechanism };

    /// <summary>Nothing was touched.</summary>
    public static Dictionary<string, string> Refused(AgentException refusal) => Problem(refusal.Code, refusal.Exit, refusal.Message);

    /// <summary>It was tried, and taken back.</summary>
    public static Dictionary<string, string> Failed(AgentException failure, Outcome outcome) => outcome.IsClean
        ? Problem(failure.Code, failure.Exit, $"{failure.Message} Everything is as it was.")
        : Problem("CRT5550", ExitCodes.Residue, $"{failure.Message} And it could not be taken back wholly: {outcome.Evidence}. Look with: {outcome.LookWith}");

    /// <summary>The refusal or failure that such a message tells.</summary>
    public static AgentException Failure(Dictionary<string, string> answer) => new(answer["code"], int.Parse(answer["exit"], CultureInfo.InvariantCulture), answer["message"]);

    /// <summary>What the kernel's or the runtime's word means to the one who asked.</summary>
    public static AgentException NotPutOn(HostFault fault, Exception e) => e is UnauthorizedAccessException or HostException { Error: Errno.NotPermitted or Errno.NoAccess }
        ? new AgentException("CRT5560", ExitCodes.Host,
            $"{fault.Description.Name} is not permitted to {CurrentUser.Name}: {e.Message} It takes {(fault.Capability.Length > 0 ? fault.Capability + ", or " : "")}the user that the target belongs to.{Lack(fault)}")
        : new AgentException("CRT5543", ExitCodes.NotInjected, $"{fault.Description.Name} could not be put on: {e.Message}");

    // Root in a container, or on a machine that was given less, is not what the name says.
    private static string Lack(HostFault fault) => Capabilities.Lacking(fault.Capability) is { Count: > 0 } lacking
        ? $" This craterd has no {string.Join(" and no ", lacking)}: give it that (of an agent pod: securityContext.capabilities.add); a machine or container whose own bounding set lacks it cannot pass it on."
        : "";

    private static Dictionary<string, string> Problem(string code, int exit, string message) => new()
    {
        ["result"] = "refused",
        ["code"] = code,
        ["exit"] = exit.ToString(CultureInfo.InvariantCulture),
        ["message"] = message,
    };
}
