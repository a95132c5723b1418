using Crater.Cli.Chaos.Syntax;
using Crater.Experiments;

namespace Crater.Cli.Chaos;

/// <summary><c>chaos validate SOURCE</c>: every problem, not the first alone.</summary>
internal static class ChaosValidate
{
    public static Task<int> RunAsync(ChaosArguments options, ChaosSession session)
    {
        session.Log.Info("Validating the experiment's syntax", "experiment");
        var reading = ExperimentReader.ReadFile(session.Surroundings.Path(options.Values[0]), new ReadOptions { Environment = session.Surroundings.Environment });
        foreach (var problem in reading.Problems)
        {
            if (problem.IsWarning)
            {
                session.Log.Warning(problem.ToString(), "experiment");
            }
            else
            {
                session.Log.Error(problem.ToString(), "experiment");
            }
        }

        if (reading.Experiment is null)
        {
            return Task.FromResult(ChaosSession.Failed);
        }

        session.Log.Info("Experiment looks valid", "experiment");
        session.Log.Info("experiment syntax and semantic look valid", "validate");
        return Task.FromResult(0);
    }
}
