using System.Text;

namespace Crater.Models;

/// <summary>How many tokens a text will be, without the tokenizer of any model.</summary>
public static class TokenEstimate
{
    /// <summary>
    /// One token for every three bytes. English is about four bytes a token with the tokenizers of today, names with digits and hyphens about three; so this is rather too many
    /// than too few, which is what a budget needs.
    /// </summary>
    public const int BytesPerToken = 3;

    /// <summary>What every message costs beside its text.</summary>
    private const int PerMessage = 8;

    public static int Of(string text) => (Encoding.UTF8.GetByteCount(text) + BytesPerToken - 1) / BytesPerToken;

    /// <summary>What a request may use up at most.</summary>
    public static Usage Of(ModelRequest request) => new(
        request.Messages.Sum(message => PerMessage + Of(message.Text) + message.ToolCalls.Sum(call => Of(call.Name) + Of(call.Arguments)))
        + request.Tools.Sum(tool => Of(tool.Name) + Of(tool.Description) + Of(tool.Parameters.ToJsonString()))
        + (request.Form is { Rung: Rung.StrictSchema or Rung.ToolCall } form ? Of(form.Schema.ToJsonString()) : 0),
        request.OutputTokensMax, IsEstimate: true);
}
