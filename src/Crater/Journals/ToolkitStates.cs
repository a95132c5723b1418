using System.Text.Json;
using System.Text.Json.Nodes;
using Crater.Experiments;

namespace Crater.Journals;

/// <summary>The <c>steady_states</c> of a journal: each check of the hypothesis with its probes, in the order in which they were asked.</summary>
internal sealed class ToolkitStates
{
    private readonly Dictionary<ProbeMoment, List<ToolkitEntry>> _open = [];
    private readonly List<ToolkitState> _during = [];
    private ToolkitState? _before;
    private ToolkitState? _after;

    public void Take(ToolkitEntry probe, ProbeMoment when)
    {
        if (!_open.TryGetValue(when, out var probes))
        {
            _open[when] = probes = [];
        }

        probes.Add(probe);
    }

    // A check that was cut in the middle stands in no journal.
    public void Take(HypothesisChecked check)
    {
        if (!_open.Remove(check.When, out var probes))
        {
            return;
        }

        // In that schema a probe that failed is a miss; that it failed stands in its own status.
        var state = new ToolkitState(check.Met ?? false, probes);
        switch (check.When)
        {
            case ProbeMoment.Before:
                _before = state;
                break;
            case ProbeMoment.After:
                _after = state;
                break;
            default:
                _during.Add(state);
                break;
        }
    }

    /// <summary>A control wrote into the last check of this kind.</summary>
    public void Overwrite(ProbeMoment when, string state)
    {
        var meant = when switch { ProbeMoment.Before => _before, ProbeMoment.After => _after, _ => _during.LastOrDefault() };
        if (meant is not null)
        {
            meant.Overwritten = state;
        }
    }

    public void Write(Utf8JsonWriter writer, Secrets secrets)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("before");
        Write(writer, _before, secrets);
        writer.WritePropertyName("after");
        Write(writer, _after, secrets);
        writer.WriteStartArray("during");
        foreach (var state in _during)
        {
            Write(writer, state, secrets);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ToolkitState? state, Secrets secrets)
    {
        if (state is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            state.Write(writer, secrets);
        }
    }
}

/// <summary>One check of the hypothesis.</summary>
internal sealed class ToolkitState(bool isMet, IReadOnlyList<ToolkitEntry> probes)
{
    public string Overwritten { get; set; } = "";

    /// <summary>As controls are shown it. What is in it was masked before.</summary>
    public JsonNode? Json() => ToolkitText.Tree(writer => Write(writer, Secrets.None));

    public void Write(Utf8JsonWriter writer, Secrets secrets)
    {
        if (Overwritten.Length > 0)
        {
            ToolkitText.WriteJson(writer, Overwritten, secrets);
            return;
        }

        writer.WriteStartObject();
        writer.WriteBoolean("steady_state_met", isMet);
        writer.WriteStartArray("probes");
        foreach (var probe in probes)
        {
            probe.Write(writer, secrets);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
