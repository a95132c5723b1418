using System.Buffers;
using System.Text.Json;
using Crater.Experiments;
using Crater.Targets;

namespace Crater.Journals;

/// <summary>
/// Writes the events of plain runs field by field, and leaves all others to the serializer, whose preparation takes longer than a short run takes. The lines
/// are the serializer's, byte for byte.
/// </summary>
internal static class JournalLine
{
    /// <summary>The event's line with its line feed.</summary>
    public static ReadOnlyMemory<byte> Of(JournalEvent entry)
    {
        var line = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(line))
        {
            if (TypeOf(entry) is { } type)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, type);
                json.WriteNumber("number"u8, entry.Number);
                json.WriteString("at"u8, entry.At);
                WriteFields(json, entry);
                json.WriteEndObject();
            }
            else
            {
                JsonSerializer.Serialize(json, entry, JournalJson.Default.JournalEvent);
            }
        }

        line.Write("\n"u8);
        return line.WrittenMemory;
    }

    private static string? TypeOf(JournalEvent entry) => entry switch
    {
        RunPlanned { Injections.Count: 0 } => "run-planned",
        PhaseEntered => "phase-entered",
        ProbeMeasured => "probe-measured",
        ActivityStarted => "activity-started",
        ActivityFinished => "activity-finished",
        HypothesisChecked => "hypothesis-checked",
        VerdictReached => "verdict-reached",
        RunClosed => "run-closed",
        _ => null,
    };

    private static void WriteFields(Utf8JsonWriter json, JournalEvent entry)
    {
        switch (entry)
        {
            case RunPlanned e:
                WritePlan(json, e);
                break;
            case PhaseEntered e:
                json.WriteString("phase"u8, Word(e.Phase));
                break;
            case ProbeMeasured e:
                WriteProbe(json, e);
                break;
            case ActivityStarted e:
                json.WriteString("name"u8, e.Name);
                json.WriteString("place"u8, e.Place);
                break;
            case ActivityFinished e:
                json.WriteString("name"u8, e.Name);
                json.WriteString("status"u8, e.Status);
                json.WriteString("output"u8, e.Output);
                json.WriteNumber("seconds"u8, e.Seconds);
                json.WriteString("place"u8, e.Place);
                WriteList(json, "exception"u8, e.Exception);
                break;
            case HypothesisChecked e:
                json.WriteString("when"u8, Word(e.When));
                WriteFlag(json, "met"u8, e.Met);
                break;
            case VerdictReached e:
                json.WriteString("verdict"u8, Word(e.Verdict));
                WriteList(json, "reasons"u8, e.Reasons);
                break;
            case RunClosed e:
                WriteMap(json, "files"u8, e.Files);
                break;
        }
    }

    private static void WritePlan(Utf8JsonWriter json, RunPlanned plan)
    {
        json.WriteString("run"u8, plan.Run.Value);
        json.WriteString("title"u8, plan.Title);
        json.WriteNumber("format"u8, plan.Format);
        json.WriteNumber("seed"u8, plan.Seed);
        WriteList(json, "injections"u8, []);
        WriteMap(json, "files"u8, plan.Files);
        json.WriteString("startedBy"u8, plan.StartedBy);
        json.WriteString("version"u8, plan.Version);
        json.WriteString("against"u8, plan.Against);
        json.WriteString("hypothesis"u8, Word(plan.Hypothesis));
        json.WriteString("rollbacks"u8, Word(plan.Rollbacks));
        json.WriteString("dry"u8, plan.Dry is { } dry ? Word(dry) : null);
        json.WriteString("frequency"u8, Durations.Text(plan.Frequency));
        json.WriteBoolean("failFast"u8, plan.FailFast);
        json.WriteString("journalPath"u8, plan.JournalPath);
    }

    private static void WriteProbe(Utf8JsonWriter json, ProbeMeasured probe)
    {
        json.WriteString("probe"u8, probe.Probe);
        json.WriteString("when"u8, Word(probe.When));
        WriteFlag(json, "met"u8, probe.Met);
        json.WriteString("seen"u8, probe.Seen);
        json.WriteString("expected"u8, probe.Expected);
        json.WriteString("place"u8, probe.Place);
        json.WritePropertyName("began"u8);
        if (probe.Began is { } began)
        {
            json.WriteStringValue(began);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteNumber("seconds"u8, probe.Seconds);
        json.WriteString("output"u8, probe.Output);
        WriteList(json, "exception"u8, probe.Exception);
        if (probe.IsWithoutFault)
        {
            json.WriteBoolean("isWithoutFault"u8, true);
        }
    }

    private static void WriteFlag(Utf8JsonWriter json, ReadOnlySpan<byte> name, bool? value)
    {
        json.WritePropertyName(name);
        if (value is { } flag)
        {
            json.WriteBooleanValue(flag);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static void WriteList(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteMap(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> map)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in map)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static string Word<TEnum>(TEnum value) where TEnum : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
