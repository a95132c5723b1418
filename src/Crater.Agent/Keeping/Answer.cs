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

    private static Dictionary<string, string> Problem(string code, int exit, string message) => new()
    {
        ["result"] = "refused",
        ["code"] = code,
        ["exit"] = exit.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["message"] = message,
    };
}
