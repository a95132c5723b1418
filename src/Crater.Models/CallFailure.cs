using System.Globalization;
using System.Net;
using Crater.Diagnostics;
using Crater.Models.Safety;
using Crater.Targets;

namespace Crater.Models;

/// <summary>Why one call brought no answer, and whether another try may.</summary>
internal sealed class CallFailure(string code, string message, Exception? inner = null) : CraterException(code, message, inner)
{
    /// <summary>It may pass by itself.</summary>
    public bool MayPass { get; private init; }

    /// <summary>The endpoint may have done the work, and count it.</summary>
    public bool MayBePaid { get; private init; }

    /// <summary>Null when the endpoint does not say.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    public CraterException Final(int tries) => new(Code, tries > 1 ? $"{Message} (tried {tries} times)" : Message, this);

    public static CallFailure Of(Provider provider, HttpResponseMessage response, string body, TimeProvider clock)
    {
        var status = (int)response.StatusCode;
        var reason = Reason(body);
        var said = reason.Length > 0 ? $"{status}: {reason}" : $"{status}";
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict || status >= 500 && status != 501)
        {
            return new CallFailure("CRT7309", $"{provider} is overloaded or out of order ({said}). Try again later, or choose another model.")
            {
                MayPass = true,
                MayBePaid = status >= 500 && status is not (503 or 529),
                RetryAfter = Pause(response, clock),
            };
        }

        return status switch
        {
            401 or 403 => new CallFailure("CRT7306", $"{provider} refuses the key ({said}). Check that {KeyAdvice(provider)} and that the key may use this model."),
            404 => new CallFailure("CRT7307", $"{provider} is not known there ({said}). Check the model's name and the base URL."),
            400 or 422 when IsAboutTheModel(reason) => new CallFailure("CRT7307", $"{provider} is not known there ({said}). Check the model's name."),
            >= 300 and < 400 => NoModel(provider, $"it sends elsewhere ({status}), and a key is not taken along"),
            _ => new CallFailure("CRT7308", $"{provider} refuses the request ({said})."),
        };
    }

    public static CallFailure Late(Provider provider, TimeSpan limit) =>
        new("CRT7312", $"{provider} has not answered within {Durations.Text(limit)}. Raise the limit with models.timeout in stack.yaml, or choose a faster model.") { MayBePaid = true };

    public static CallFailure Unreachable(Provider provider, Exception error) =>
        new("CRT7305", $"{provider} cannot be reached: {PlainText.Line(error.Message, 200)} Check the network, the proxy and the base URL.", error) { MayPass = true };

    public static CallFailure NoModel(Provider provider, string why) =>
        new("CRT7310", $"What answers at {provider.Endpoint.GetLeftPart(UriPartial.Path)} is not a model that speaks {(provider.Protocol == Protocol.Anthropic ? "Anthropic's" : "OpenAI's")} protocol: {PlainText.Line(why, 200)}. Check the base URL.") { MayBePaid = true };

    public static CallFailure TooMuch(Provider provider, long limit) =>
        new("CRT7311", $"{provider} sends more than {limit / 1024} KiB for one answer, so it was cut off. Choose another model or endpoint.") { MayBePaid = true };

    private static string KeyAdvice(Provider provider) => provider.Key.IsEmpty ? "a key is given at all" : $"the key belongs to {provider.Name}";

    /// <summary>The endpoint's own words, as one short line without a secret: some repeat the key that they refuse.</summary>
    private static string Reason(string body)
    {
        var json = Protocols.Json.TryParse(body);
        var said = json is { } root ? (root.ValueKind == System.Text.Json.JsonValueKind.Array ? root.EnumerateArray().FirstOrDefault() : root) : default;
        var error = Protocols.Json.Of(said, "error");
        var text = error is { ValueKind: System.Text.Json.JsonValueKind.String } plain ? plain.GetString()! : error is { } inner ? Protocols.Json.Text(inner, "message") : Protocols.Json.Text(said, "message");
        return PlainText.Line(SecretScan.Redact(text.Length > 0 ? text : Body.LooksLikeHtml(body) ? "a page of HTML" : "").Text, 200);
    }

    private static bool IsAboutTheModel(string reason) =>
        reason.Contains("model", StringComparison.OrdinalIgnoreCase)
        && new[] { "not exist", "not found", "unknown", "invalid model", "no such" }.Any(word => reason.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Seconds or a date; OpenAI also says milliseconds in a header of its own.</summary>
    private static TimeSpan? Pause(HttpResponseMessage response, TimeProvider clock)
    {
        if (response.Headers.TryGetValues("retry-after-ms", out var exact)
            && double.TryParse(exact.First(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds))
        {
            return TimeSpan.FromMilliseconds(Math.Min(milliseconds, TimeSpan.FromDays(1).TotalMilliseconds));
        }

        var after = response.Headers.RetryAfter;
        var pause = after?.Delta ?? (after?.Date is { } date ? date - clock.GetUtcNow() : null);
        return pause is { } wait ? (wait < TimeSpan.Zero ? TimeSpan.Zero : wait) : null;
    }
}
