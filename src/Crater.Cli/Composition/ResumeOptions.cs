using System.CommandLine;
using Crater.Diagnostics;
using Crater.Runs;

namespace Crater.Cli.Composition;

/// <summary>Which killed run is gone on with, and how.</summary>
/// <param name="PlaysAgain">Actions that were under way when the process died are played again, too.</param>
internal sealed record ResumeWish(string Run, ResumeChoice Choice, bool PlaysAgain);

/// <summary><c>--resume RUN</c> with <c>--rollbacks</c> or <c>--continue</c>.</summary>
internal sealed class ResumeOptions
{
    private readonly Option<string?> _resume = new("--resume") { Description = "Go on with this run, whose process died (id, its beginning, or latest); with --rollbacks or --continue." };
    private readonly Option<bool> _rollbacks = new("--rollbacks") { Description = "With --resume: play the document's rollbacks, and end the run." };
    private readonly Option<bool> _continue = new("--continue") { Description = "With --resume: play the rest of the method, and everything after it." };
    private readonly Option<bool> _again = new("--again") { Description = "With --continue: play the actions again that were under way when the process died." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_resume, _rollbacks, _continue, _again])
        {
            command.Add(option);
        }
    }

    /// <returns>Null when a new run is meant.</returns>
    /// <exception cref="CraterException">CRT1240: the options do not say one thing.</exception>
    public ResumeWish? Read(ParseResult parsed)
    {
        var (rollbacks, goOn, again) = (parsed.GetValue(_rollbacks), parsed.GetValue(_continue), parsed.GetValue(_again));
        if (parsed.GetValue(_resume) is not { } run)
        {
            return rollbacks || goOn || again ? throw Unclear("--rollbacks, --continue and --again are for a run that is gone on with") : null;
        }

        return rollbacks == goOn ? throw Unclear("Whether its rollbacks are played or the rest of its method is for you to say")
            : again && !goOn ? throw Unclear("--again plays actions of the method again, and so goes with --continue")
            : new ResumeWish(run, goOn ? ResumeChoice.Continue : ResumeChoice.Rollbacks, again);
    }

    private static CraterException Unclear(string why) => new("CRT1240", $"{why}: write --resume RUN --rollbacks, or --resume RUN --continue [--again].");
}
