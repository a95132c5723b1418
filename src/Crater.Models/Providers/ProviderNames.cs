using Crater.Diagnostics;

namespace Crater.Models.Providers;

/// <summary>The names by which a model is asked for: <c>openai</c>, <c>gemini:MODEL</c>, <c>https://host/v1#MODEL</c>.</summary>
internal static class ProviderNames
{
    private const string OpenAiModel = "gpt-4o-mini";
    private const string GeminiModel = "gemini-2.5-flash";
    private const string AnthropicModel = "claude-sonnet-4-5";
    private const string LocalModel = "llama3.1";

    private static readonly string[] Known = ["openai", "gemini", "anthropic", "azure", "ollama", "local"];

    /// <exception cref="CraterException">CRT7300: nobody has that name. CRT7302, CRT7303: its key is missing or lies open.</exception>
    public static Provider Read(string asked, string by, ModelQuestion question)
    {
        if (asked.Contains("://", StringComparison.Ordinal))
        {
            return Complete(OfAddress(asked, by), question);
        }

        var parts = asked.Split(':', 2, StringSplitOptions.TrimEntries);
        var name = parts[0].ToLowerInvariant() is "google" ? "gemini" : parts[0].ToLowerInvariant();
        if (!Known.Contains(name))
        {
            throw new CraterException("CRT7300",
                $"{by} says '{PlainOf(asked)}', and there is no such model provider.{Spelling.DidYouMean(name, Known)} Write none, auto, one of {string.Join(", ", Known)} with :MODEL behind it if you like, or a base URL such as http://localhost:8000/v1#MODEL.");
        }

        var provider = Template(name, question);
        provider = provider with { Reason = $"{by} says {PlainOf(asked)}", Model = parts.Length == 2 && parts[1].Length > 0 ? parts[1] : provider.Model };
        provider = Complete(provider, question);
        return provider.Key.IsEmpty && NeedsKey(name) ? throw new CraterException("CRT7302", $"{by} says {PlainOf(asked)}, and there is no key for it. Set {KeyVariables(name)[0]}, or CRATER_MODEL_KEY_FILE to a file that only you can read.") : provider;
    }

    /// <summary>The provider of that name if there is a key or an address for it; its reason says which.</summary>
    public static Provider? Find(string name, ModelQuestion question)
    {
        if (name == "local")
        {
            return question.Variable("LOCAL_AI_URL") is null ? null : Complete(Template(name, question) with { Reason = "LOCAL_AI_URL is set" }, question);
        }

        var variable = KeyVariables(name).FirstOrDefault(one => question.Variable(one) is not null);
        if (variable is null || (name == "azure" && question.Variable("AZURE_OPENAI_ENDPOINT") is null))
        {
            return null;
        }

        return Complete(Template(name, question) with { Reason = $"{variable} is set" }, question);
    }

    private static Provider Template(string name, ModelQuestion question)
    {
        // CHAOSGEN_LLM_MODEL belongs to CHAOSGEN_LLM_PROVIDER, MODEL_NAME to AutoChaos; both are what their users expect to be asked.
        var model = question.Variable("CHAOSGEN_LLM_MODEL") ?? question.Variable("MODEL_NAME");
        return name switch
        {
            "openai" => Of(name, Protocol.OpenAi, "https://api.openai.com/v1/", model ?? OpenAiModel) with { OutputLimitField = "max_completion_tokens" },
            "gemini" => Of(name, Protocol.OpenAi, "https://generativelanguage.googleapis.com/v1beta/openai/", model ?? GeminiModel),
            "anthropic" => Of(name, Protocol.Anthropic, "https://api.anthropic.com/v1/", model ?? AnthropicModel) with { KeyHeader = "x-api-key" },
            "azure" => Of(name, Protocol.OpenAi, Azure(question), question.Variable("AZURE_OPENAI_DEPLOYMENT") ?? model ?? OpenAiModel) with { KeyHeader = "api-key", OutputLimitField = "max_completion_tokens" },
            "ollama" => Of(name, Protocol.OpenAi, Host(question.Variable("OLLAMA_HOST")), model ?? LocalModel),
            _ => Of(name, Protocol.OpenAi, question.Variable("LOCAL_AI_URL") ?? "http://localhost:8080/v1/", model ?? LocalModel),
        };
    }

    /// <summary>The new address has no version; the legacy one names the deployment in its path and keeps its query.</summary>
    private static string Azure(ModelQuestion question)
    {
        var endpoint = question.Variable("AZURE_OPENAI_ENDPOINT")
            ?? throw new CraterException("CRT7302", "azure was asked for, and AZURE_OPENAI_ENDPOINT does not say where it is. Set it to the address of the resource, such as https://NAME.openai.azure.com.");
        return endpoint.Contains("/openai/", StringComparison.Ordinal) ? endpoint : $"{endpoint.TrimEnd('/')}/openai/v1/";
    }

    /// <summary>As Ollama itself reads it: a host, a port or an address.</summary>
    private static string Host(string? host) => host switch
    {
        null => "http://localhost:11434/v1/",
        _ when host.Contains("://", StringComparison.Ordinal) => $"{host.TrimEnd('/')}/v1/",
        _ => $"http://{host.Replace("0.0.0.0", "localhost", StringComparison.Ordinal)}{(host.Contains(':', StringComparison.Ordinal) ? "" : ":11434")}/v1/",
    };

    private static Provider OfAddress(string asked, string by)
    {
        var address = Address(asked, by);
        var model = Uri.UnescapeDataString(address.Fragment.TrimStart('#'));
        var protocol = address.Host.EndsWith("anthropic.com", StringComparison.OrdinalIgnoreCase) ? Protocol.Anthropic : Protocol.OpenAi;
        return Of("endpoint", protocol, new UriBuilder(address) { Fragment = "" }.Uri.AbsoluteUri, model) with { Reason = $"{by} gives the address" };
    }

    /// <summary>What configuration says over what the name stands for.</summary>
    private static Provider Complete(Provider provider, ModelQuestion question)
    {
        var stack = question.Stack;
        var url = question.Variable("CRATER_MODEL_URL") ?? (stack?.Url is { Length: > 0 } given ? given : null);
        var protocol = (question.Variable("CRATER_MODEL_PROTOCOL") ?? stack?.Protocol ?? "").ToLowerInvariant() switch
        {
            "" => provider.Protocol,
            "openai" => Protocol.OpenAi,
            "anthropic" => Protocol.Anthropic,
            var other => throw new CraterException("CRT7300", $"There is no protocol '{PlainOf(other)}'; write openai or anthropic."),
        };
        var header = question.Variable("CRATER_MODEL_KEY_HEADER") ?? (stack?.KeyHeader is { Length: > 0 } named ? named : provider.KeyHeader);
        var completed = provider with
        {
            Endpoint = url is null || provider.Name == "endpoint" ? provider.Endpoint : Address(url, "CRATER_MODEL_URL"),
            Protocol = protocol,
            KeyHeader = header,
            Timeout = stack?.Timeout ?? provider.Timeout,
            Rungs = RungNames.Read(question.Variable("CRATER_MODEL_STRUCTURE") ?? stack?.Structure ?? ""),
            OutputLimitField = question.Variable("CRATER_MODEL_OUTPUT_LIMIT") ?? provider.OutputLimitField,
        };
        return completed.Model.Length > 0
            ? completed with { Key = KeySource.Find(KeyVariables(completed.Name), completed, completed.Endpoint.Host != provider.Endpoint.Host, question) }
            : throw new CraterException("CRT7300", $"{provider.Reason}, and does not say which model. Write it behind the address: {completed.Endpoint.GetLeftPart(UriPartial.Path)}#MODEL.");
    }

    private static Provider Of(string name, Protocol protocol, string endpoint, string model) =>
        new() { Name = name, Protocol = protocol, Endpoint = Address(endpoint, name), Model = model, Reason = "" };

    private static Uri Address(string text, string by) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
            ? address
            : throw new CraterException("CRT7300", $"{by} gives no usable address; write http:// or https://, a host and a path, such as https://host/v1, without a user in it.");

    private static bool NeedsKey(string name) => name is "openai" or "gemini" or "anthropic" or "azure";

    private static string[] KeyVariables(string name) => name switch
    {
        "openai" => ["OPENAI_API_KEY"],
        "gemini" => ["GOOGLE_API_KEY", "GEMINI_API_KEY"],
        "anthropic" => ["ANTHROPIC_API_KEY"],
        "azure" => ["AZURE_OPENAI_API_KEY"],
        _ => [],
    };

    private static string PlainOf(string text) => Safety.PlainText.Line(Safety.SecretScan.Redact(text).Text, 80);
}
