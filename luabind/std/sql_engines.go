package std

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/go-sql-driver/mysql"
	"github.com/lib/pq"
)

func connectPostgres(p *address) (*connector, error) {
	port, err := strconv.ParseUint(p.port, 10, 16)
	if err != nil {
		return nil, errors.New("the port of the database is not from 0 to 65535")
	}
	query := p.url.Query()
	config := pq.Config{
		Host: p.host, Port: uint16(port), User: p.user, Password: p.password, Database: p.name,
		ApplicationName: "goagi", ClientEncoding: "UTF8", Datestyle: "ISO, MDY",
		SSLSNI: true, SSLRootCert: p.ca, ConnectTimeout: p.timeout,
	}
	if name := query.Get("application_name"); name != "" {
		config.ApplicationName = name
	}
	if path := query.Get("search_path"); path != "" {
		config.Runtime = map[string]string{"search_path": path}
	}
	switch {
	case p.socket != "":
		config.Host, config.SSLMode = p.socket, pq.SSLModeDisable
	case p.tls == "off":
		config.SSLMode = pq.SSLModeDisable
	case p.tls == "verify":
		config.SSLMode = pq.SSLModeVerifyFull
	default:
		config.SSLMode = pq.SSLMode(p.tls)
	}
	return &connector{wired: func(w *wire) (driver.Connector, error) {
		c, err := pq.NewConnectorConfig(config)
		if err == nil {
			c.Dialer(w)
		}
		return c, err
	}}, nil
}

func connectMySQL(p *address) (*connector, error) {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = p.user, p.password, p.name
	config.Net, config.Addr = "tcp", net.JoinHostPort(p.host, p.port)
	config.Timeout, config.ClientFoundRows = p.timeout, true // as other databases count
	config.Logger = &mysql.NopLogger{}                       // an error is given to the script
	switch {
	case p.socket != "":
		config.Net, config.Addr = "unix", p.socket
	case p.tls == "verify":
		config.TLS = &tls.Config{ServerName: p.host}
		if p.ca != "" {
			pem, err := os.ReadFile(p.ca)
			if err != nil {
				return nil, err
			}
			config.TLS.RootCAs = x509.NewCertPool()
			if !config.TLS.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("%s holds no certificate", p.ca)
			}
		}
	case p.tls != "off":
		config.TLS = &tls.Config{ServerName: p.host, InsecureSkipVerify: true}
		config.AllowFallbackToPlaintext = p.tls == "prefer"
	}
	inner, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return &connector{plain: inner}, nil
}

// lost reports whether an error of a driver's means that its connection is of no
// more use, though the driver does not say so itself.
func lost(err error) bool {
	if errors.Is(err, mysql.ErrInvalidConn) {
		return true
	}
	e, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok {
		return false
	}
	switch e.Number {
	case 1053, 1317, 1927, 4031: // shut down, interrupted, killed, idle for too long
		return true
	}
	return false
}
