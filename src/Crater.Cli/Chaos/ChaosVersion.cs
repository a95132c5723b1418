namespace Crater.Cli.Chaos;

/// <summary>The versions of the tool and its library whose behaviour this is; scripts parse the line.</summary>
internal static class ChaosVersion
{
    public const string Tool = "1.19.0";

    public const string Library = Journals.ToolkitJournal.SchemaVersion;

    public const string Line = $"chaos, version {Tool}";
}
