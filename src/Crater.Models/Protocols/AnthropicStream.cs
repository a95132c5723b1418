using System.Text;

namespace Crater.Models.Protocols;

/// <summary>The events of one streamed message.</summary>
internal sealed class AnthropicStream : IStreamReading
{
    private readonly StringBuilder _text = new();
    private readonly SortedDictionary<long, (string Id, string Name, StringBuilder Input)> _calls = [];
    private string _stop = "";
    private string _model = "";
    private long? _input;
    private long? _output;

    public bool Take(string data)
    {
        var said = Json.TryParse(data) ?? throw new FormatException("an event of the stream is no JSON");
        switch (said.Text("type"))
        {
            case "message_start":
                var message = said.Of("message") ?? default;
                _model = message.Text("model");
                _input = message.Of("usage")?.Whole("input_tokens");
                break;
            case "content_block_start" when said.Of("content_block") is { } block && block.Text("type") == "tool_use":
                _calls[said.Whole("index") ?? _calls.Count] = (block.Text("id"), block.Text("name"), new StringBuilder());
                break;
            case "content_block_delta":
                var delta = said.Of("delta") ?? default;
                _text.Append(delta.Text("text"));
                if (_calls.TryGetValue(said.Whole("index") ?? -1, out var call))
                {
                    call.Input.Append(delta.Text("partial_json"));
                }

                break;
            case "message_delta":
                _stop = said.Of("delta")?.Text("stop_reason") ?? "";
                _output = said.Of("usage")?.Whole("output_tokens") ?? _output;
                break;
            case "error":
                throw new FormatException($"the stream broke off with an error: {said.Of("error")?.Text("message")}");
            case "message_stop":
                return false;
        }

        return true;
    }

    public ReadAnswer Answer()
    {
        ToolCall[] calls = [.. _calls.Select(call => new ToolCall(call.Value.Id, call.Value.Name, call.Value.Input.Length > 0 ? call.Value.Input.ToString() : "{}"))];
        var finish = AnthropicProtocol.FinishOf(_stop, calls.Length);
        var usage = _input is { } input && _output is { } output ? new Usage(input, output) : null;
        return new ReadAnswer(_text.ToString(), calls, finish, finish == Finish.Refused ? AnthropicProtocol.Said(_text.ToString()) : "", usage, _model);
    }
}
