using System.Globalization;
using System.Text.RegularExpressions;
using Crater.Journals;
using Crater.Reports;
using Xunit;

namespace Crater.Tests.Reports;

/// <summary>Goal: no figure of a report is made up. Method: every number of report.md is looked up in the run folder or computed again from it.</summary>
public sealed partial class ReportFiguresTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("crater-report").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static TheoryData<bool, bool, bool> Runs => new() { { true, false, true }, { false, false, true }, { true, true, true }, { true, false, false } };

    private (RunFolder Folder, ReportModel Model) Written(bool isFelt, bool residue, bool load)
    {
        var folder = new SomeRun { IsFelt = isFelt, LeavesResidue = residue, WithLoad = load }.Write(_root);
        return (folder, RunReport.From(folder));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Every_figure_is_what_its_provenance_gives(bool isFelt, bool residue, bool load)
    {
        var (folder, model) = Written(isFelt, residue, load);
        var oracle = new FigureOracle(folder);
        Assert.NotEmpty(model.Figures);
        Assert.All(model.Figures, figure => Assert.Equal(oracle.Compute(figure), figure.Value, tolerance: 1e-6));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Every_figure_is_printed_as_it_is(bool isFelt, bool residue, bool load)
    {
        foreach (var figure in Written(isFelt, residue, load).Model.Figures.Where(figure => figure.Provenance is not (Moment or LineTime)))
        {
            var printed = Printed(figure);
            Assert.True(Math.Abs(printed - figure.Value) <= Math.Max(Math.Abs(figure.Value) * 0.01, Math.Max(0.06, 0)) && (figure.Value == 0 || printed != 0 || Math.Abs(figure.Value) < 0.06),
                $"'{figure.Text}' stands for {figure.Value}");
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Every_number_of_the_report_is_in_the_run_folder_or_a_figure(bool isFelt, bool residue, bool load)
    {
        var (folder, model) = Written(isFelt, residue, load);
        var known = new[] { "events.jsonl", "experiment.yaml", "topology.json" }.SelectMany(file => Numbers(File.ReadAllText(folder.PathOf(file))))
            .Concat(File.ReadAllLines(folder.PathOf("metrics.csv")).SelectMany(line => Numbers(line.Split(',')[2].Replace('_', ' '))))
            .Concat(model.Figures.SelectMany(figure => Numbers(figure.Text)))
            .ToHashSet();
        Assert.Empty(Numbers(MarkdownReport.Write(model)).Where(number => !known.Contains(number)).Distinct());
    }

    private static IEnumerable<string> Numbers(string text) => Number().Matches(text).Select(match => match.Value);

    // The value that the text says, in the unit of the file.
    private static double Printed(Figure figure)
    {
        var numbers = Numbers(figure.Text).Select(number => double.Parse(number, CultureInfo.InvariantCulture)).ToList();
        var value = figure.Text switch
        {
            _ when figure.Text.Contains(" min ", StringComparison.Ordinal) => numbers[0] * 60 + numbers[1],
            _ when figure.Text.EndsWith('%') => numbers[0] / 100,
            _ when figure.Text.EndsWith("ms", StringComparison.Ordinal) => numbers[0] / 1000,
            _ => numbers[0],
        };
        return figure.Text.StartsWith('−') ? -value : value;
    }

    [GeneratedRegex(@"(?<![\w.])\d+(?:\.\d+)?")]
    private static partial Regex Number();
}
