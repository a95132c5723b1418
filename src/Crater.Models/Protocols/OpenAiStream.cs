using System.Text;

namespace Crater.Models.Protocols;

/// <summary>The events of one streamed chat completion.</summary>
internal sealed class OpenAiStream : IStreamReading
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _refusal = new();
    private readonly SortedDictionary<long, (string Id, string Name, StringBuilder Arguments)> _calls = [];
    private string _finish = "";
    private string _model = "";
    private Usage? _usage;

    public bool Take(string data)
    {
        if (data == "[DONE]")
        {
            return false;
        }

        var chunk = Json.TryParse(data) ?? throw new FormatException("an event of the stream is no JSON");
        if (chunk.Of("error") is { } error)
        {
            throw new FormatException($"the stream broke off with an error: {error.Text("message")}");
        }

        _model = chunk.Text("model") is { Length: > 0 } model ? model : _model;
        _usage = OpenAiProtocol.UsageOf(chunk) ?? _usage;
        foreach (var choice in chunk.Items("choices").Take(1))
        {
            var delta = choice.Of("delta") ?? default;
            _text.Append(delta.Text("content"));
            _refusal.Append(delta.Text("refusal"));
            foreach (var call in delta.Items("tool_calls"))
            {
                Add(call.Whole("index") ?? _calls.Count, call.Text("id"), call.Of("function")?.Text("name") ?? "", call.Of("function")?.Text("arguments") ?? "");
            }

            _finish = choice.Text("finish_reason") is { Length: > 0 } finish ? finish : _finish;
        }

        return true;
    }

    public ReadAnswer Answer()
    {
        var refusal = _refusal.ToString();
        ToolCall[] calls = [.. _calls.Select(call => new ToolCall(call.Value.Id.Length > 0 ? call.Value.Id : $"call-{call.Key + 1}", call.Value.Name, call.Value.Arguments.ToString()))];
        return new ReadAnswer(_text.ToString(), calls, OpenAiProtocol.FinishOf(_finish, refusal, calls.Length), refusal, _usage, _model);
    }

    private void Add(long index, string id, string name, string arguments)
    {
        if (!_calls.TryGetValue(index, out var call))
        {
            call = (id, name, new StringBuilder());
        }

        call.Arguments.Append(arguments);
        _calls[index] = (call.Id.Length > 0 ? call.Id : id, call.Name.Length > 0 ? call.Name : name, call.Arguments);
    }
}
