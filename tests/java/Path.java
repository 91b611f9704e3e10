import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Sends a message, lists the messages and fetches it, with Java's own client as it is: it offers h2c by itself. */
public class Path {
    public static void main(String[] args) throws Exception {
        String base = args[0];
        String sid = System.getenv("TWILIO_ACCOUNT_SID");
        String token = System.getenv("TWILIO_AUTH_TOKEN");
        HttpClient.Builder builder = HttpClient.newBuilder().authenticator(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(sid, token.toCharArray());
            }
        });
        if (args.length > 1) {
            URI proxy = URI.create(args[1]);
            builder.proxy(ProxySelector.of(new InetSocketAddress(proxy.getHost(), proxy.getPort())));
        }
        HttpClient client = builder.build();
        String messages = base + "/2010-04-01/Accounts/" + sid + "/Messages";
        String form = "To=" + encoded("+14155550123") + "&From=" + encoded("+14155550100") + "&Body=From+Java";
        HttpRequest send = HttpRequest.newBuilder(URI.create(messages + ".json"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)).build();
        String sent = client.send(send, BodyHandlers.ofString()).body();
        var found = Pattern.compile("\"sid\": \"(SM\\w{32})\"").matcher(sent);
        if (!found.find()) {
            throw new IllegalStateException(sent);
        }
        String list = get(client, messages + ".json?PageSize=5");
        String one = get(client, messages + "/" + found.group(1) + ".json");
        System.out.println(found.group(1) + " " + list.contains(found.group(1)) + " " + one.contains("From Java"));
    }

    private static String get(HttpClient client, String url) throws Exception {
        return client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString()).body();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
