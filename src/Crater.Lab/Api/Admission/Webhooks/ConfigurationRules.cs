using System.Text.Json.Nodes;
using Crater.Lab.Store;

namespace Crater.Lab.Api.Admission.Webhooks;

/// <summary>What a webhook's configuration says by default, and what it must say.</summary>
internal static class ConfigurationRules
{
    private static readonly string[] Operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];

    public static void Default(JsonObject configuration, bool isMutating)
    {
        foreach (var webhook in configuration.Each("webhooks"))
        {
            webhook["failurePolicy"] ??= "Fail";
            webhook["matchPolicy"] ??= "Equivalent";
            webhook["namespaceSelector"] ??= new JsonObject();
            webhook["objectSelector"] ??= new JsonObject();
            webhook["timeoutSeconds"] ??= 10;
            if (isMutating)
            {
                webhook["reinvocationPolicy"] ??= "Never";
            }

            foreach (var rule in webhook.Each("rules"))
            {
                rule["scope"] ??= "*";
            }

            if (webhook.Map("clientConfig", "service") is { } service)
            {
                service["port"] ??= 443;
            }
        }
    }

    public static void Check(JsonObject configuration, FieldErrors errors)
    {
        var names = new HashSet<string>();
        foreach (var (webhook, index) in configuration.Each("webhooks").Select((webhook, index) => (webhook, index)))
        {
            var at = $"webhooks[{index}]";
            var name = webhook.Text("name");
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else if (name.Split('.').Length < 3)
            {
                errors.Invalid($"{at}.name", name, "should be a domain with at least three segments separated by dots");
            }

            if (name.Length > 0 && !names.Add(name))
            {
                errors.Duplicate($"{at}.name", name);
            }

            CheckRules(webhook, at, errors);
            if (webhook.Number("timeoutSeconds") is < 1 or > 30)
            {
                errors.Invalid($"{at}.timeoutSeconds", webhook["timeoutSeconds"], "the timeout value must be between 1 and 30 seconds");
            }

            Choose(webhook, at, "failurePolicy", errors, "Fail", "Ignore");
            Choose(webhook, at, "matchPolicy", errors, "Equivalent", "Exact");
            CheckSideEffects(webhook, at, errors);
            CheckClient(webhook.Map("clientConfig") ?? [], $"{at}.clientConfig", errors);
            CheckVersions(webhook, at, errors);
            MatchConditions.Check(webhook, at, errors);
        }
    }

    private static void CheckSideEffects(JsonObject webhook, string at, FieldErrors errors)
    {
        if (webhook["sideEffects"] is null)
        {
            errors.Required($"{at}.sideEffects", "must specify one of None, NoneOnDryRun");
        }
        else
        {
            Choose(webhook, at, "sideEffects", errors, "None", "NoneOnDryRun");
        }
    }

    private static void CheckVersions(JsonObject webhook, string at, FieldErrors errors)
    {
        var versions = webhook.Texts("admissionReviewVersions").ToList();
        if (versions.Count == 0)
        {
            errors.Required($"{at}.admissionReviewVersions", "must specify one of v1, v1beta1");
        }
        else if (!versions.Exists(version => version is "v1" or "v1beta1"))
        {
            errors.Invalid($"{at}.admissionReviewVersions", webhook["admissionReviewVersions"], "must include at least one of v1, v1beta1");
        }
    }

    private static void CheckRules(JsonObject webhook, string at, FieldErrors errors)
    {
        foreach (var (rule, index) in webhook.Each("rules").Select((rule, index) => (rule, index)))
        {
            var here = $"{at}.rules[{index}]";
            foreach (var list in (string[])["operations", "apiGroups", "apiVersions", "resources"])
            {
                if (!rule.Texts(list).Any())
                {
                    errors.Required($"{here}.{list}");
                }
            }

            foreach (var (operation, which) in rule.Texts("operations").Select((operation, which) => (operation, which)))
            {
                if (!Operations.Contains(operation))
                {
                    errors.NotSupported($"{here}.operations[{which}]", operation, Operations);
                }
            }
        }
    }

    private static void CheckClient(JsonObject client, string at, FieldErrors errors)
    {
        if (client["url"] is null == client["service"] is null)
        {
            errors.Required(at, "exactly one of url or service is required");
            return;
        }

        if (client["url"] is null)
        {
            return;
        }

        const string Form = "; desired format: https://host[/path]";
        if (!Uri.TryCreate(client.Text("url"), UriKind.Absolute, out var url))
        {
            errors.Required($"{at}.url", "url must be a valid URL" + Form);
        }
        else if (url.Scheme != "https")
        {
            errors.Invalid($"{at}.url", url.Scheme, "'https' is the only allowed URL scheme" + Form);
        }
    }

    private static void Choose(JsonObject webhook, string at, string field, FieldErrors errors, params string[] allowed)
    {
        if (webhook.Text(field) is { Length: > 0 } value && !allowed.Contains(value))
        {
            errors.NotSupported($"{at}.{field}", value, allowed);
        }
    }
}
