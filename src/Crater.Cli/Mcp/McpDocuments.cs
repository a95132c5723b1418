using Crater.Diagnostics;
using Crater.Experiments;

namespace Crater.Cli.Mcp;

/// <summary>The experiments that an assistant may ask for: files of the working directory that run nothing on this machine.</summary>
internal static class McpDocuments
{
    private const long SizeMax = 256 * 1024;

    /// <summary>The path of a document within the working directory.</summary>
    /// <exception cref="CraterException">CRT7366: it is elsewhere, is not there, or is no document.</exception>
    public static string PathOf(string given, string workingDirectory)
    {
        var root = Path.GetFullPath(workingDirectory);
        var path = Path.GetFullPath(given, root);
        var file = new FileInfo(path);
        bool IsWithin(string place) => place.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return IsWithin(path) && file is { Exists: true, Extension: ".yaml" or ".yml" or ".json", Length: <= SizeMax } && IsWithin(file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path)
            ? path
            : throw new CraterException("CRT7366", "Only an experiment in the working directory can be named: a .yaml or .json file of at most 256 KiB. suggest_experiments writes some.");
    }

    /// <summary>Reads it without the environment of this process: what stands there is nothing for a document that an assistant may have written.</summary>
    /// <exception cref="CraterException">CRT7365: it would run programs on this machine. Else what is wrong with the document.</exception>
    public static Experiment Read(string path)
    {
        var experiment = ControlPlane.Read(path, new ReadOptions()).OrThrow(path);
        var activities = experiment.Method.Concat(experiment.Rollbacks).Concat(experiment.Hypothesis?.Probes ?? []);
        if (activities.FirstOrDefault(activity => activity.Provider is not (FaultProvider or MetricProvider or HttpProvider)) is { } other)
        {
            throw new CraterException("CRT7365", $"'{other.Name}' runs a program or a Python function, and an assistant starts none on this machine. A person can: craterctl run {Path.GetFileName(path)}.");
        }

        return experiment;
    }
}
