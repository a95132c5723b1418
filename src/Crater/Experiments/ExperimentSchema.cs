namespace Crater.Experiments;

/// <summary>The format as a JSON Schema (draft 2020-12), for editors: docs/experiment.schema.json. What a reader takes and what the schema knows is compared by a test.</summary>
public static class ExperimentSchema
{
    public static string Text
    {
        get
        {
            using var stream = typeof(ExperimentSchema).Assembly.GetManifestResourceStream("experiment.schema.json")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }
}
