namespace Crater.Agent;

/// <summary>An ending that is told to the one who asked: what was asked, what was found, what to do next.</summary>
/// <param name="code">Stable across releases and listed in docs/errors.md.</param>
/// <param name="exit">One of <see cref="ExitCodes"/>.</param>
internal sealed class AgentException(string code, int exit, string message) : Exception(message)
{
    public string Code { get; } = code;

    public int Exit { get; } = exit;
}
