using Crater.Documents;
using Crater.Targets;

namespace Crater.Experiments.Reading;

/// <summary>Reads a provider of type <c>http</c>.</summary>
internal sealed class HttpReader(ReadScope scope)
{
    /// <summary>Chaos Toolkit waits for ever; a probe that hangs would hang the run.</summary>
    private static readonly TimeSpan TimeoutDefault = TimeSpan.FromSeconds(30);

    public HttpProvider? Read(Fields fields)
    {
        var url = fields.Text("url");
        var method = fields.Text("method")?.ToUpperInvariant() ?? "GET";
        var (connect, timeout) = Timeouts(fields);
        var headers = Headers(fields);
        var body = fields.Take("arguments");
        var verify = fields.Flag("verify_tls") ?? true;
        var retries = fields.Integer("max_retries", 0, 100) ?? 0;
        fields.Kept("expected_status", "expected_status is in the format's documentation alone and has no effect; write a tolerance.");
        if (body is not null)
        {
            scope.CheckNames(body, fields.At("arguments"));
        }

        if (!IsUrl(url, fields))
        {
            return null;
        }

        return new HttpProvider(url!, method, timeout)
        {
            Headers = headers,
            Body = body?.ToJson(),
            VerifyTls = verify,
            MaxRetries = retries,
            ConnectTimeout = connect,
        };
    }

    // A URL with variables in it is judged once they are known, at the latest when it is called.
    private bool IsUrl(string? url, Fields fields)
    {
        if (url is not null && fields.Map["url"] is { } node)
        {
            scope.CheckNames(node, fields.At("url"));
            var known = new Substitution(scope.Configuration, scope.Secrets).Text(url);
            if (Substitution.Names(known).Any() || Substitution.OutputsIn(known).Any() || (Uri.TryCreate(known, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0))
            {
                return true;
            }

            if (Substitution.Names(url).Any())
            {
                scope.Warn("CRT2055", fields.At("url"), node, "With the values that are known here, the url is not absolute; an override has to make it so, or the run is aborted.");
                return true;
            }
        }

        scope.Error("CRT2055", fields.At("url"), fields.Map["url"] ?? fields.Map,
            string.IsNullOrWhiteSpace(url) ? "An http provider needs a url." : "The url must be absolute and begin with http:// or https://.");
        return false;
    }

    private Dictionary<string, string> Headers(Fields fields)
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        if (fields.Take("headers") is not { } node || node is ListNode { Items.Count: 0 } or ScalarNode { Text: "" })
        {
            return headers;
        }

        if (node is not MapNode map)
        {
            fields.Wrong("headers", node, "a map of names and values", "CRT2056");
            return headers;
        }

        scope.CheckNames(map, fields.At("headers"));
        foreach (var entry in map.Entries)
        {
            if (entry.Value is ScalarNode { IsNull: false } scalar)
            {
                headers[entry.Key] = scalar.Text;
            }
            else if (entry.Value is not ScalarNode)
            {
                scope.Error("CRT2056", fields.At($"headers.{entry.Key}"), entry.Value, $"A header's value must be a text; found {entry.Value.Saying}.");
            }
        }

        return headers;
    }

    private (TimeSpan? Connect, TimeSpan Whole) Timeouts(Fields fields)
    {
        var written = fields.Map["timeout"];
        if (fields.TakeFilled("timeout") is not { } node || scope.Mistyped.Refuses(written, fields.At("timeout"), scope))
        {
            return (null, TimeoutDefault);
        }

        if (node is ListNode { Items: [var first, var second] } && Seconds(first) is { } connect && Seconds(second) is { } read)
        {
            return (connect, connect + read);
        }

        if (Seconds(node) is { } timeout)
        {
            return (null, timeout);
        }

        fields.Wrong("timeout", node, "a number of seconds greater than 0, or [connect, read]", "CRT2054");
        return (null, TimeoutDefault);
    }

    private TimeSpan? Seconds(DocumentNode node) =>
        node is ScalarNode scalar && (scalar.IsNumber || !scope.Options.IsStrict) && Durations.TryParse(scalar.Text, out var duration)
            && duration > TimeSpan.Zero && duration < TimeSpan.FromDays(1) ? duration : null;
}
