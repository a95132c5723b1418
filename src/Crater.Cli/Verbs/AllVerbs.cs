using System.CommandLine;

namespace Crater.Cli.Verbs;

/// <summary>The verbs in the order in which an experiment lives.</summary>
internal static class AllVerbs
{
    public static IEnumerable<Command> Create(GlobalOptions globals, Surroundings surroundings) =>
    [
        DoctorVerb.Create(globals, surroundings),
        InstallVerb.Create(globals, surroundings),
        UninstallVerb.Create(globals, surroundings),
        InventoryVerb.Create(globals, surroundings),
        SuggestVerb.Create(globals, surroundings),
        ValidateVerb.Create(globals, surroundings),
        SchemaVerb.Create(globals, surroundings),
        RunVerb.Create(globals, surroundings),
        ExportVerb.Create(globals, surroundings),
        StatusVerb.Create(globals, surroundings),
        AbortVerb.Create(globals, surroundings),
        RecoverVerb.Create(globals, surroundings),
        ReportVerb.Create(globals, surroundings),
        HistoryVerb.Create(globals, surroundings),
        CatalogVerb.Create(globals, surroundings),
        PilotVerb.Create(globals, surroundings),
        ModelsVerb.Create(globals, surroundings),
        McpVerb.Create(globals, surroundings),
        ApproveVerb.Create(globals, surroundings),
        LabVerb.Create(globals, surroundings),
        DemoVerb.Create(globals, surroundings),
        InitVerb.Create(globals, surroundings),
        CompletionVerb.Create(globals, surroundings),
    ];
}
