using Crater.Diagnostics;
using Crater.Documents;
using Crater.Experiments.Reading;

namespace Crater.Experiments;

/// <summary>A load on its own, outside an experiment: the map that stands under an experiment's <c>load</c> key, in a file of its own.</summary>
public static class LoadDocument
{
    /// <summary>Reads a load; <c>${name}</c> stands for a variable of the options.</summary>
    /// <exception cref="CraterException">CRT10xx or CRT2086: every problem is in <see cref="CraterException.Problems"/>.</exception>
    public static LoadRequest ReadFile(string path, ReadOptions options)
    {
        var document = DocumentReader.ReadFile(path);
        List<Problem> problems = [.. document.Problems];
        var scope = new ReadScope(options, problems) { Configuration = options.Variables };
        if (document.Root is not MapNode && problems.Count == 0)
        {
            scope.Error("CRT2086", "", document.Root, "A load is a map with rate and scenarios.");
        }

        var request = document.Root is MapNode map ? new LimitsReader(scope).ReadLoad(map) : null;
        return request is not null && problems.All(problem => problem.IsWarning)
            ? request
            : throw CraterException.For($"The load {path}", [.. problems.Where(problem => !problem.IsWarning)]);
    }
}
